"""What a user's commands work with, and where each value came from.

The option of the command line wins, then the environment, then `config.toml` in the state folder, then what
`chainfaas up` wrote down of the local system, then the default.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from chainfaas.domain.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

    from chainfaas.chain.state_folder import StateFolder

ENVIRONMENT_PREFIX = "CHAINFAAS_"
CONFIG_FILE = "config.toml"
SYSTEM_FILE = "system.toml"
"""What `chainfaas up` writes: where the local system's parts are."""


class Source(StrEnum):
    """Where a value came from."""

    OPTION = "option"
    """The command line."""
    ENVIRONMENT = "environment"
    """A variable `CHAINFAAS_…`."""
    CONFIG = "config.toml"
    """The file of the state folder."""
    SYSTEM = "local system"
    """What `chainfaas up` wrote down."""
    DEFAULT = "default"
    """Nobody said anything."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing that can be set.

    Attributes:
        name: In config.toml; in capitals behind the prefix, the environment variable.
        default: What holds if nobody says anything; empty for none.
        summary: What it is, for people.
    """

    name: str
    default: str
    summary: str

    @property
    def variable(self) -> str:
        """The environment variable."""
        return ENVIRONMENT_PREFIX + self.name.upper().replace("-", "_")


WALLET = Setting("wallet", "default", "Wallet that signs and sends.")
RPC = Setting("rpc", "", "Node, as http(s) URL or socket; the local network's node 1 if empty.")
CONTROLLER = Setting("controller", "http://127.0.0.1:8080", "Address of the controller.")
REGISTRY = Setting("registry", "", "Where images are pushed; the state folder's own registry if empty.")
SETTINGS = (WALLET, RPC, CONTROLLER, REGISTRY)
"""Everything that a user can set for these commands."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A value and where it came from."""

    value: str
    source: Source


class UserSettings:
    """The settings of one state folder in one environment."""

    def __init__(self, folder: StateFolder, environment: Mapping[str, str]) -> None:
        """Read the files of the state folder; those that are absent say nothing.

        Args:
            folder: The state folder.
            environment: The process's environment variables.

        Raises:
            ConfigurationError: A file is no TOML, or has a name that nobody knows.
        """
        self._environment = environment
        self._config = _read_file(folder.root / CONFIG_FILE)
        self._system = _read_file(folder.root / SYSTEM_FILE, may_hold_more=True)

    def choose(self, setting: Setting, option: str | None = None) -> Choice:
        """Return what holds, and why.

        Args:
            setting: Which setting.
            option: What the command line says, if anything.
        """
        if option is not None:
            return Choice(option, Source.OPTION)
        named = self._environment.get(setting.variable, "")
        if named:
            return Choice(named, Source.ENVIRONMENT)
        for source, values in ((Source.CONFIG, self._config), (Source.SYSTEM, self._system)):
            if setting.name in values:
                return Choice(values[setting.name], source)
        return Choice(setting.default, Source.DEFAULT)


def _read_file(path: Path, *, may_hold_more: bool = False) -> Mapping[str, str]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as fault:
        raise ConfigurationError(f"{path} cannot be read: {fault}.") from fault
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise ConfigurationError(f"{path} is no TOML: {fault}.") from fault
    known = {setting.name for setting in SETTINGS}
    unknown = sorted(values.keys() - known)
    if unknown and not may_hold_more:
        raise ConfigurationError(
            f"{path} sets {', '.join(unknown)}, which nobody knows.",
            remedy=f"The names are {', '.join(sorted(known))}.",
        )
    found = {name: value for name, value in values.items() if name in known}
    for name, value in found.items():
        if not isinstance(value, str):
            raise ConfigurationError(f"{name} in {path} is not a text.", remedy="Put it in quotes.")
    return found
