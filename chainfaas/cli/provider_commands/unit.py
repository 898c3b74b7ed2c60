"""`chainfaas provider unit`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from chainfaas.cli.home_option import get_state_folder
from chainfaas.cli.lazy_module import lazy_module
from chainfaas.cli.provider_commands.name_argument import ProviderName
from chainfaas.domain.errors import ConfigurationError

if TYPE_CHECKING:
    from chainfaas.provider import settings as provider_settings
    from chainfaas.provider.bootstrap import service_unit
else:
    provider_settings = lazy_module("chainfaas.provider.settings")
    service_unit = lazy_module("chainfaas.provider.bootstrap.service_unit")


def unit(context: typer.Context, name: ProviderName = "main") -> None:
    """Print a hardened systemd unit for a provider; its first lines say what to do with it."""
    home = get_state_folder(context)
    settings = provider_settings.load_provider_settings(home.providers / name)
    place = service_unit.UnitPlace(name, home.root.resolve(), (str(_program()),))
    sys.stdout.write(service_unit.service_unit(place, settings))


def _program() -> Path:
    # Beside the interpreter, where installing puts it; the link itself, which leads into the environment.
    program = Path(sys.executable).parent / "chainfaas"
    if not program.is_file():
        raise ConfigurationError(
            f"There is no {program}.", remedy="Install the package, so that its command is there."
        )
    return program
