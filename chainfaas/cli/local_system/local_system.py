"""Starting, stopping, looking at and wiping everything that one state folder holds."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from chainfaas.chain.deployment_local import LocalSettings, deploy_local
from chainfaas.chain.node.file_lock import file_lock
from chainfaas.chain.node.finder import find_node_program
from chainfaas.chain.node.local_network import LocalNetwork
from chainfaas.cli.local_system import provider_parts, service_parts, treasury
from chainfaas.cli.local_system.provider_parts import PROVIDERS
from chainfaas.cli.local_system.service_parts import PartState
from chainfaas.cli.local_system.system_file import SystemDescription, read_system, write_system
from chainfaas.client.chain_access import ChainAccess
from chainfaas.domain.errors import ConflictError, NotFoundError

if TYPE_CHECKING:
    from chainfaas.chain.deployments import Deployments
    from chainfaas.chain.node.network_status import NetworkStatus
    from chainfaas.chain.state_folder import StateFolder

_T = TypeVar("_T")
Tell: TypeAlias = Callable[[str], None]
"""Takes a line of progress."""

DEFAULT_SIGNERS, DEFAULT_PERIOD_SECONDS = 3, 1
_CHAIN_FOLDERS = ("providers", "results", "bundles", "wallets", "scripts")
_CHAIN_FILES = ("chainfaas.sqlite3*", "system.toml", "controller.toml", "demo.json")


@dataclass(frozen=True, slots=True)
class SystemStatus:
    """Everything at one moment.

    Attributes:
        network: The chain's nodes.
        parts: Everything else.
    """

    network: NetworkStatus
    parts: tuple[PartState, ...]

    @property
    def works(self) -> bool:
        """Whether calls can be taken, run and paid: all but an engine that need not be ours."""
        nodes = all(node.running for node in self.network.nodes)
        return nodes and all(part.running for part in self.parts if part.name != "engine")

    def document(self) -> dict[str, object]:
        """Return the status for a machine."""
        parts = [
            {"name": part.name, "running": part.running, "where": part.where, "note": part.note}
            for part in self.parts
        ]
        return {"works": self.works, "network": self.network.document(), "parts": parts}


class LocalSystem:
    """The local system of one state folder."""

    def __init__(self, folder: StateFolder) -> None:
        """Touch nothing yet.

        Args:
            folder: The state folder.
        """
        self.folder = folder

    def start(self, tell: Tell) -> SystemDescription:
        """Start everything that does not run; what was never there is made.

        Args:
            tell: Takes a line of progress.

        Returns:
            Where the parts are.

        Raises:
            ChainFaaSError: A part cannot be started; says which, and what to do.
        """
        self.folder.create()
        with file_lock(self.folder.run / "system.lock", wait=False) as held:
            if not held:
                raise ConflictError("Another `chainfaas up` works here.", remedy="Wait until it is done.")
            network = self._start_network(tell)
            deployments = deploy_local(network, LocalSettings(), tell)
            tell("Looking for a container engine")
            service_parts.start_engine(self.folder)
            tell("Starting the image registry")
            registry = service_parts.start_registry(self.folder)
            return self._start_market(deployments, registry, tell)

    def stop(self, tell: Tell) -> None:
        """Stop everything that runs; all data stays.

        Args:
            tell: Takes a line of progress.

        Raises:
            ChainFaaSError: A part does not stop.
        """
        tell("Stopping the providers")
        names = [place.name for place in sorted(self.folder.providers.glob("*")) if place.is_dir()]
        _each(lambda name: provider_parts.stop_provider(self.folder, name), names)
        tell("Stopping the controller")
        service_parts.stop_controller(self.folder)
        tell("Stopping the registry, and the engine if it is ours")
        service_parts.stop_engine_and_registry(self.folder)
        if self.folder.network_file.exists():
            tell("Stopping the network")
            LocalNetwork.open(self.folder).stop()

    def status(self) -> SystemStatus:
        """Return what each part is doing.

        Raises:
            NotFoundError: There is no local system here.
        """
        system = read_system(self.folder)
        if system is None or not self.folder.network_file.exists():
            remedy = "Run `chainfaas up`."
            if self.folder.network_file.exists():
                remedy = "`chainfaas up` did not end: call it again, or stop what runs with `chainfaas down`."
            raise NotFoundError(f"There is no local system in {self.folder.root}.", remedy=remedy)
        services = service_parts.read_service_states(self.folder, system.controller, system.registry)
        providers = [provider_parts.read_provider_state(self.folder, name) for name in system.providers]
        return SystemStatus(LocalNetwork.open(self.folder).status(), (*services, *providers))

    def reset(self, tell: Tell) -> None:
        """Stop everything and delete what belongs to the chain; keys, images and settings of people stay.

        Args:
            tell: Takes a line of progress.

        Raises:
            ChainFaaSError: A part does not stop.
        """
        self.stop(tell)
        tell("Deleting the chain and all that follows from it")
        if self.folder.network_file.exists():
            LocalNetwork.open(self.folder).destroy()
        for name in _CHAIN_FOLDERS:
            shutil.rmtree(self.folder.root / name, ignore_errors=True)
        for pattern in _CHAIN_FILES:
            for file in self.folder.root.glob(pattern):
                file.unlink()

    def _start_network(self, tell: Tell) -> LocalNetwork:
        if self.folder.network_file.exists():
            tell("Starting the network")
            network = LocalNetwork.open(self.folder)
        else:
            find_node_program(tell)
            tell("Founding a network of three signers")
            network = LocalNetwork.create(self.folder, DEFAULT_SIGNERS, DEFAULT_PERIOD_SECONDS)
        network.start()
        return network

    def _start_market(self, deployments: Deployments, registry: str, tell: Tell) -> SystemDescription:
        chain = ChainAccess.open(self.folder)
        purses = {}
        if deployments.is_dev:
            faucet = treasury.faucet_address(self.folder)
            purses[faucet] = treasury.Purse(treasury.FAUCET_COIN_WEI, treasury.FAUCET_TOKENS)
            treasury.fill_purses(chain, self.folder, purses)
        tell("Starting the controller")
        controller = service_parts.start_controller(self.folder, has_faucet=deployments.is_dev)
        tell("Making the providers' keys and settings")
        _each(
            lambda each: provider_parts.prepare_provider(self.folder, each, controller, registry), PROVIDERS
        )
        for each in PROVIDERS:
            for account in provider_parts.accounts_of(self.folder, each):
                purses[account] = treasury.Purse(treasury.PURSE_COIN_WEI)
        treasury.fill_purses(chain, self.folder, purses)
        for each in PROVIDERS:  # one after the other, so that their numbers are in this order
            provider_parts.register_provider(self.folder, each)
        tell("Starting the providers")
        _each(lambda each: provider_parts.start_provider(self.folder, each), PROVIDERS)
        names = tuple(each.name for each in PROVIDERS)
        system = SystemDescription(deployments.chain_id, controller, registry, names)
        write_system(self.folder, system)
        return system


def _each(action: Callable[[_T], None], things: Iterable[_T]) -> None:
    """Do something to all of them at once."""
    with ThreadPoolExecutor() as pool:
        list(pool.map(action, things))
