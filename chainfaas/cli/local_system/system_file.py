"""Where the parts of a local system are: written by `chainfaas up`, read by all commands (`system.toml`)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import tomli_w

from chainfaas.cli.user_settings import SYSTEM_FILE
from chainfaas.domain.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

    from chainfaas.chain.state_folder import StateFolder


@dataclass(frozen=True, slots=True)
class SystemDescription:
    """A local system.

    Attributes:
        chain_id: The network that it was made for.
        controller: The controller's URL.
        registry: Host and port of the image registry.
        providers: The providers' names, in the order in which they were made.
    """

    chain_id: int
    controller: str
    registry: str
    providers: tuple[str, ...]


def read_system(folder: StateFolder) -> SystemDescription | None:
    """Return the local system of a state folder; ``None`` if there is none.

    Args:
        folder: The state folder.

    Raises:
        ConfigurationError: The file is damaged.
    """
    path = _path(folder)
    try:
        values: Mapping[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise ConfigurationError(f"{path} cannot be read: {fault}.") from fault
    try:
        return SystemDescription(
            chain_id=int(values["chain-id"]),
            controller=str(values["controller"]),
            registry=str(values["registry"]),
            providers=tuple(str(name) for name in values["providers"]),
        )
    except (KeyError, TypeError, ValueError) as fault:
        raise ConfigurationError(
            f"{path} is damaged: {fault!r}.", remedy="Remove it and run `chainfaas up`."
        ) from fault


def write_system(folder: StateFolder, system: SystemDescription) -> None:
    """Replace the description of a local system in one step.

    Args:
        folder: The state folder.
        system: What it is from now on.
    """
    values = {
        "chain-id": system.chain_id,
        "controller": system.controller,
        "registry": system.registry,
        "providers": list(system.providers),
    }
    unfinished = _path(folder).with_suffix(".tmp")
    unfinished.write_text(tomli_w.dumps(values), encoding="utf-8")
    unfinished.replace(_path(folder))


def _path(folder: StateFolder) -> Path:
    return folder.root / SYSTEM_FILE
