"""The one folder that holds everything an installation of ChainFaaS keeps, and where it lies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from chainfaas.domain.errors import ConfigurationError

HOME_VARIABLE = "CHAINFAAS_HOME"
"""Environment variable that names the state folder."""

CHECKOUT_FOLDER_NAME = ".chainfaas"
"""Name of the state folder inside a checkout of the project; git ignores it."""

PRIVATE_FOLDER_MODE = 0o700
PRIVATE_FILE_MODE = 0o600


@dataclass(frozen=True, slots=True)
class StateFolder:
    """The paths below one state folder; nothing is touched until `create` is called."""

    root: Path

    @property
    def network_file(self) -> Path:
        """Ports, chain id, genesis hash and signers of the local network."""
        return self.root / "network.toml"

    @property
    def genesis_file(self) -> Path:
        """The genesis document that the local network's nodes were initialised with."""
        return self.root / "genesis.json"

    @property
    def nodes(self) -> Path:
        """One folder a node, named by its number."""
        return self.root / "nodes"

    @property
    def keys(self) -> Path:
        """Keystore files and their password files, all of mode 0600."""
        return self.root / "keys"

    @property
    def database(self) -> Path:
        """The controller's SQLite file."""
        return self.root / "chainfaas.sqlite3"

    @property
    def results(self) -> Path:
        """Content-addressed inputs, outputs and logs."""
        return self.root / "results"

    @property
    def providers(self) -> Path:
        """One folder a provider daemon, named by the provider."""
        return self.root / "providers"

    @property
    def run(self) -> Path:
        """Sockets, process records and locks; empty when nothing runs."""
        return self.root / "run"

    @property
    def logs(self) -> Path:
        """One log file a process."""
        return self.root / "logs"

    @property
    def deployments(self) -> Path:
        """Deployments files of local networks; public ones are in the repository."""
        return self.root / "deployments"

    def node(self, number: int) -> Path:
        """Return the data folder of a node.

        Args:
            number: The node's number, counted from 1.
        """
        return self.nodes / str(number)

    def create(self) -> None:
        """Make the folder and those below it, for the owner alone.

        Raises:
            ConfigurationError: The place cannot be written, or a file is in the way.
        """
        folders = (self.root, self.nodes, self.keys, self.run, self.logs, self.deployments)
        try:
            for folder in folders:
                folder.mkdir(mode=PRIVATE_FOLDER_MODE, parents=True, exist_ok=True)
            self.root.chmod(PRIVATE_FOLDER_MODE)
        except OSError as error:
            raise ConfigurationError(
                f"The state folder {self.root} cannot be made: {error.strerror}.",
                remedy=f"Choose another place with --home or ${HOME_VARIABLE}.",
            ) from error


def locate_state_folder(
    chosen: Path | None, environment: Mapping[str, str], working_folder: Path
) -> StateFolder:
    """Find which state folder is meant, without making it.

    A folder that was chosen wins, then the environment variable, then the checkout that
    the working folder lies in, then the platform's data folder.

    Args:
        chosen: What was given on the command line, if anything.
        environment: The process's environment variables.
        working_folder: Where the search for a checkout starts.
    """
    if chosen is not None:
        return StateFolder(chosen.expanduser().resolve())
    named = environment.get(HOME_VARIABLE, "")
    if named:
        return StateFolder(Path(named).expanduser().resolve())
    for folder in (working_folder, *working_folder.parents):
        if _is_checkout(folder):
            return StateFolder(folder.resolve() / CHECKOUT_FOLDER_NAME)
    return StateFolder(platformdirs.user_data_path("chainfaas", appauthor=False))


def _is_checkout(folder: Path) -> bool:
    return (folder / "pyproject.toml").is_file() and (folder / "chainfaas" / "__init__.py").is_file()


def tool_cache_folder(environment: Mapping[str, str]) -> Path:
    """Return the folder for tools that all state folders of this user share.

    Args:
        environment: The process's environment variables; `CHAINFAAS_CACHE` replaces the platform's place.
    """
    named = environment.get("CHAINFAAS_CACHE", "")
    if named:
        return Path(named).expanduser().resolve()
    return platformdirs.user_cache_path("chainfaas", appauthor=False)
