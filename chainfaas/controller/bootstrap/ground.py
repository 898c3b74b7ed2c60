"""What a controller stands on: node, contracts, key and database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from chainfaas.chain.bindings.contract_set import ContractSet
from chainfaas.chain.bindings.refusals import contract_errors
from chainfaas.chain.connection import connect
from chainfaas.chain.deployments import Deployments
from chainfaas.chain.event_decoder import EventDecoder
from chainfaas.chain.event_reader import EventReader
from chainfaas.chain.headers import HeadClock
from chainfaas.chain.keystore import UnlockedKey, load_keystore
from chainfaas.chain.known_contracts import known_contracts
from chainfaas.chain.node.local_network import LocalNetwork
from chainfaas.chain.signer import TransactionSigner
from chainfaas.chain.transaction_node import Web3TransactionNode
from chainfaas.chain.transaction_sender.sender import TransactionSender
from chainfaas.chain.transaction_sender.settings import SenderParts, SenderSettings
from chainfaas.controller.dispatch.dispatch_state import ControllerIdentity
from chainfaas.controller.indexing.index_store import IndexStore
from chainfaas.controller.indexing.indexer import Indexer, IndexSource
from chainfaas.controller.storage.database import Database
from chainfaas.controller.storage.group_writer import GroupWriter
from chainfaas.domain.errors import ConfigurationError
from chainfaas.domain.identifiers import controller_id
from chainfaas.domain.signatures import SigningKey

if TYPE_CHECKING:
    from enum import StrEnum

    from web3 import Web3

    from chainfaas.chain.state_folder import StateFolder
    from chainfaas.controller.indexing.plain_event import PlainEvent
    from chainfaas.controller.settings import ControllerSettings
    from chainfaas.domain.windows import Windows
    from chainfaas.observability.crash_points import PointHook

OnEvents: TypeAlias = "Callable[[Sequence[PlainEvent]], None]"


@dataclass(frozen=True)
class Ground:
    """What everything else stands on.

    Attributes:
        folder: The state folder.
        settings: How the controller behaves.
        endpoint: Where the node is.
        deployments: Where the contracts are.
        contracts: The contracts, over a connection that the bootstrap and call data alone use.
        key: The controller's key.
        database: The database, held.
        writer: The one thread that writes.
        clock: Ticks with the node's head.
        finality_blocks: Blocks that must lie on a block before it stays.
        at_point: Called at the named points.
    """

    folder: StateFolder
    settings: ControllerSettings
    endpoint: str
    deployments: Deployments
    contracts: ContractSet
    key: UnlockedKey
    database: Database
    writer: GroupWriter
    clock: HeadClock
    finality_blocks: int
    at_point: PointHook[StrEnum]

    def connect(self) -> Web3:
        """Return a connection to the node that no other part shares."""
        return connect(self.endpoint, expected_chain_id=self.deployments.chain_id)

    @property
    def identity(self) -> ControllerIdentity:
        """Who this controller is."""
        number = controller_id(self.settings.controller_id)
        return ControllerIdentity(number, SigningKey(self.key.private_key), self.deployments.signing_domain)

    @property
    def windows(self) -> Windows:
        """The network's windows, with the controller's own age for openings."""
        age = self.settings.open_age_seconds
        windows = self.deployments.windows
        return windows if age is None else replace(windows, open_age_seconds=age)

    def sender(self, key: UnlockedKey) -> TransactionSender:
        """Return what sends for a key."""
        return TransactionSender(
            SenderParts(
                outbox=self.database.outbox(),
                node=Web3TransactionNode(self.connect()),
                signer=TransactionSigner.from_private_key(key.private_key, self.deployments.chain_id),
                settings=SenderSettings(finality_depth=self.finality_blocks),
                errors=contract_errors(),
                at_point=self.at_point,
            )
        )


def find_node(folder: StateFolder, settings: ControllerSettings) -> tuple[str, int]:
    """Return where the node is, and the time between its blocks in seconds, 0 on demand.

    Args:
        folder: The state folder, whose local network is used if nothing else is set.
        settings: What was set.

    Raises:
        ConfigurationError: Nothing is set, and there is no local network.
    """
    period_seconds = settings.block_period_seconds
    if settings.rpc is not None:
        return settings.rpc, 1 if period_seconds is None else period_seconds
    network = LocalNetwork.open(folder)
    return str(network.socket_path(1)), network.period_seconds if period_seconds is None else period_seconds


def open_key(folder: StateFolder, settings: ControllerSettings, contracts: ContractSet) -> UnlockedKey:
    """Return the controller's key.

    Args:
        folder: The state folder.
        settings: Which controller this is, and where its key is.
        contracts: Where it is registered.

    Raises:
        ConfigurationError: The key cannot be opened, or is not the registered one.
    """
    name = f"controller-{settings.controller_id}"
    key = load_keystore(
        settings.keystore or folder.keys / f"{name}.json",
        settings.keystore_password or folder.keys / f"{name}.password",
    )
    registered = contracts.peers.controller_key(controller_id(settings.controller_id))
    if registered is None or str(registered.key) != key.address:
        raise ConfigurationError(
            f"The registry does not know {key.address} as controller {settings.controller_id}.",
            remedy="Set controller_id and keystore to those that belong together.",
        )
    if registered.retired_at is not None:
        raise ConfigurationError(f"Controller {settings.controller_id} was retired.", remedy="Use another.")
    return key


def make_indexer(
    connection: Web3, deployments: Deployments, database: Database, on_events: OnEvents
) -> Indexer:
    """Return what follows the chain.

    Args:
        connection: The node; not shared.
        deployments: Where the contracts are.
        database: Where the index is.
        on_events: Told of what was added.
    """
    contracts = known_contracts(deployments)
    reader = EventReader(connection, deployments.chain_id, EventDecoder(contracts))
    addresses = {contract.name: str(contract.address) for contract in contracts}
    source = IndexSource(deployments.chain_id, deployments.first_block, addresses)
    return Indexer(reader, IndexStore(database.engine), source, on_events)
