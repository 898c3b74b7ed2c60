"""A network as its users see it: a node, the contracts on it, and what they say."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from chainfaas.chain.bindings.contract_set import ContractSet, bind_contracts
from chainfaas.chain.connection import connect, read_chain_id
from chainfaas.chain.deployment_check import check_deployments
from chainfaas.chain.deployments import Deployments, load_deployments
from chainfaas.chain.errors import ChainUnreachableError
from chainfaas.chain.event_decoder import ChainEvent, EventDecoder
from chainfaas.chain.event_reader import EventReader
from chainfaas.chain.known_contracts import known_contracts
from chainfaas.chain.node.local_network import LocalNetwork
from chainfaas.chain.outbox_entry import Inclusion
from chainfaas.chain.transaction_node import Web3TransactionNode
from chainfaas.domain.times import UnixSeconds

if TYPE_CHECKING:
    from pathlib import Path

    from web3 import Web3

    from chainfaas.chain.state_folder import StateFolder

_LOOK_SECONDS = 0.05


@dataclass(frozen=True)
class ChainAccess:
    """One network with our contracts on it, through one node.

    Attributes:
        endpoint: The node.
        connection: A connection to it.
        deployments: Where the contracts are.
        contracts: The contracts.
        reader: Reads what they said.
    """

    endpoint: str | Path
    connection: Web3
    deployments: Deployments
    contracts: ContractSet
    reader: EventReader

    @classmethod
    def open(cls, folder: StateFolder, endpoint: str | Path | None = None) -> Self:
        """Connect, and make sure that the contracts are where the deployments file says.

        Args:
            folder: State folder, in which the deployments file of a local network is.
            endpoint: An http(s) address or a node's socket; node 1 of the folder's own network if absent.

        Raises:
            NetworkFileError: No endpoint was given, and the folder has no network.
            ChainUnreachableError: No node answers.
            NotDeployedError: There are no contracts on the node's chain.
            StaleDeploymentsError: Others are there than the file says.
        """
        place = LocalNetwork.open(folder).socket_path(1) if endpoint is None else endpoint
        connection = connect(place)
        deployments = load_deployments(folder, read_chain_id(connection, place))
        check_deployments(connection, deployments)
        reader = EventReader(connection, deployments.chain_id, EventDecoder(known_contracts(deployments)))
        return cls(place, connection, deployments, bind_contracts(connection, deployments), reader)

    def now(self) -> UnixSeconds:
        """Read the time of the latest block.

        Raises:
            ChainUnreachableError: The node does not answer.
        """
        return UnixSeconds(self.reader.head().timestamp)

    def find_events(self, tx_hash: bytes, timeout_seconds: float) -> tuple[Inclusion, list[ChainEvent]]:
        """Read where a transaction is, and what the contracts said in it.

        A block near the head may be replaced by another: then the transaction is in a later one.

        Args:
            tx_hash: The transaction, which was mined before.
            timeout_seconds: How long to look for it at most.

        Raises:
            ChainUnreachableError: It is in no block any more.
        """
        node, end_seconds = Web3TransactionNode(self.connection), time.monotonic() + timeout_seconds
        while time.monotonic() < end_seconds:
            inclusion = node.inclusion(tx_hash)
            header = None if inclusion is None else node.header_at(inclusion.block_number)
            if inclusion is not None and header is not None and header.block_hash == inclusion.block_hash:
                events = self.reader.read_events_of_blocks([header])[0]
                return inclusion, [event for event in events if event.tx_hash == tx_hash]
            time.sleep(_LOOK_SECONDS)
        raise ChainUnreachableError(f"The transaction 0x{tx_hash.hex()} is in no block any more.")
