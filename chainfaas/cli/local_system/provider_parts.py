"""The providers of a local system, each with an owner, an operator and a node of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomli_w

from chainfaas.chain.node.local_network import LocalNetwork
from chainfaas.cli.local_system.own_command import run_own_command
from chainfaas.cli.local_system.service_parts import PartState
from chainfaas.client.wallets import create_wallet, find_wallet
from chainfaas.domain.errors import ChainFaaSError, NotFoundError
from chainfaas.domain.identifiers import Address
from chainfaas.provider.bootstrap.provider_folder import operator_of_folder, read_config
from chainfaas.provider.bootstrap.provider_status import read_status, running_daemon
from chainfaas.provider.settings import CONFIG_FILE_NAME

if TYPE_CHECKING:
    from chainfaas.chain.state_folder import StateFolder


@dataclass(frozen=True, slots=True)
class LocalProvider:
    """What a provider of a local system is made with.

    Attributes:
        name: Of its folder; its owner's wallet is called after it.
        node: Number of the node that it reads and sends by.
        base_fee: Tokens for each job.
        price: Base units for a MiB held for a millisecond.
    """

    name: str
    node: int
    base_fee: str
    price: int

    @property
    def owner(self) -> str:
        """Name of the owner's wallet."""
        return f"{self.name}-owner"


PROVIDERS = (
    LocalProvider("alpha", 2, base_fee="0.001", price=2_000_000_000),
    LocalProvider("beta", 3, base_fee="0.0005", price=4_000_000_000),
)
"""One that is cheap for long runs, and one that is cheap for short ones."""


def prepare_provider(folder: StateFolder, provider: LocalProvider, controller: str, registry: str) -> None:
    """Make a provider's keys and its settings, if they are not there.

    One that knows the controller or its node at a place where it is no more is stopped, and told the present
    one: a port may be taken, and a folder for sockets gone, when a system is started again.

    Args:
        folder: The state folder.
        provider: The provider.
        controller: URL of the controller that it works for.
        registry: Where its images may come from.

    Raises:
        ChainFaaSError: They cannot be made.
    """
    try:
        find_wallet(folder, provider.owner)
    except NotFoundError:
        create_wallet(folder, provider.owner)
    place = provider_folder(folder, provider.name)
    if not (place / CONFIG_FILE_NAME).exists():
        words = ("--controller", controller, "--node", str(provider.node), "--registry", registry)
        run_own_command(folder, "provider", "init", provider.name, *words, "--json")
        return
    settings = read_config(place)
    present = {**settings, **_moved(folder, provider, settings, controller)}
    if present != settings:
        stop_provider(folder, provider.name)
        (place / CONFIG_FILE_NAME).write_text(tomli_w.dumps(present), encoding="utf-8")


def accounts_of(folder: StateFolder, provider: LocalProvider) -> tuple[Address, Address]:
    """Return owner and operator of a provider.

    Args:
        folder: The state folder.
        provider: The provider, prepared.

    Raises:
        ConfigurationError: A key cannot be read.
    """
    owner = find_wallet(folder, provider.owner).address
    return owner, operator_of_folder(provider_folder(folder, provider.name))


def register_provider(folder: StateFolder, provider: LocalProvider) -> None:
    """Register a provider by its owner's transaction, if it is not registered.

    Args:
        folder: The state folder.
        provider: The provider, prepared, with coin in both accounts.

    Raises:
        PartFailedError: It is refused.
    """
    if "provider_id" not in read_config(provider_folder(folder, provider.name)):
        offer = ("--base-fee", provider.base_fee, "--price", str(provider.price))
        metadata = ("--metadata", json.dumps({"name": provider.name}, separators=(",", ":")))
        words = (*offer, *metadata, "--wallet", provider.owner, "--json")
        run_own_command(folder, "provider", "register", provider.name, *words)


def start_provider(folder: StateFolder, provider: LocalProvider) -> None:
    """Start a provider, if it does not run.

    Args:
        folder: The state folder.
        provider: The provider, registered.

    Raises:
        PartFailedError: It does not come up.
    """
    if running_daemon(provider_folder(folder, provider.name)) is None:
        run_own_command(folder, "provider", "start", provider.name, "--detach", "--json")


def stop_provider(folder: StateFolder, name: str) -> None:
    """Have a provider finish its jobs and stop, if it runs.

    Args:
        folder: The state folder.
        name: The provider's name.

    Raises:
        PartFailedError: It does not stop.
    """
    if running_daemon(provider_folder(folder, name)) is not None:
        run_own_command(folder, "provider", "drain", name)


def read_provider_state(folder: StateFolder, name: str) -> PartState:
    """Return what a provider is doing.

    Args:
        folder: The state folder.
        name: The provider's name.
    """
    place = provider_folder(folder, name)
    running = running_daemon(place)
    try:
        jobs = sum(read_status(place, shown_jobs=1).counts.values())
        note = f"{jobs} jobs in its journal"
    except ChainFaaSError:
        note = "no journal yet"
    where = "" if running is None else f"process {running.pid}"
    return PartState(f"provider {name}", running is not None, where, note)


def _moved(
    folder: StateFolder, provider: LocalProvider, settings: Mapping[str, Any], controller: str
) -> dict[str, object]:
    moved: dict[str, object] = {}
    controllers = list(settings.get("controllers", []))
    if controller not in controllers:
        moved["controllers"] = [controller, *controllers[1:]]
    socket = LocalNetwork.open(folder).socket_path(provider.node)
    rpc = str(settings.get("rpc", ""))
    if not rpc.startswith("http") and rpc != str(socket) and not Path(rpc).exists():
        moved["rpc"] = str(socket)
    return moved


def provider_folder(folder: StateFolder, name: str) -> Path:
    """Return a provider's own folder.

    Args:
        folder: The state folder.
        name: The provider's name.
    """
    return folder.providers / name
