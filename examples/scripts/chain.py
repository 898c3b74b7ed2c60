"""The network as the scripts see it: a connection, the contracts on it, and their events."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from web3 import Web3

from chainfaas.chain.artefacts import load_artefact
from chainfaas.chain.bindings.contract_set import ContractSet, bind_contracts
from chainfaas.chain.connection import connect
from chainfaas.chain.deployment_check import check_deployments
from chainfaas.chain.deployments import CONTRACT_NAMES, Deployments, load_deployments
from chainfaas.chain.errors import ChainUnreachableError
from chainfaas.chain.event_decoder import ChainEvent, EventDecoder, KnownContract
from chainfaas.chain.event_reader import EventReader
from chainfaas.chain.headers import finality_depth
from chainfaas.chain.node.local_network import LocalNetwork
from chainfaas.chain.outbox_entry import Inclusion
from chainfaas.chain.state_folder import StateFolder
from chainfaas.chain.transaction_node import Web3TransactionNode
from chainfaas.domain.times import UnixSeconds
from chainfaas.domain.typed_data import SigningDomain
from chainfaas.domain.windows import Windows

_LOOK_SECONDS = 0.1


@dataclass(frozen=True)
class Chain:
    """One network with our contracts on it."""

    endpoint: str | Path
    connection: Web3
    deployments: Deployments
    contracts: ContractSet
    decoder: EventDecoder
    reader: EventReader

    @classmethod
    def open(cls, endpoint: str | Path, deployments: Deployments) -> Self:
        """Connect, and make sure that the contracts are where the file says.

        Args:
            endpoint: An http(s) address, or the path of a node's socket.
            deployments: Where the contracts are.

        Raises:
            ChainUnreachableError: No node answers.
            StaleDeploymentsError: It serves another chain, or other contracts are there.
        """
        connection = connect(endpoint)
        check_deployments(connection, deployments)
        decoder = EventDecoder(
            KnownContract(name, deployments.address(name), load_artefact(name).abi) for name in CONTRACT_NAMES
        )
        return cls(
            endpoint=endpoint,
            connection=connection,
            deployments=deployments,
            contracts=bind_contracts(connection, deployments),
            decoder=decoder,
            reader=EventReader(connection, deployments.chain_id, decoder),
        )

    @classmethod
    def open_home(cls, home: StateFolder) -> Self:
        """Open the local network of a state folder through its first node.

        Args:
            home: Where the network and its deployments file are.

        Raises:
            ChainFaaSError: There is no network, it does not run, or nothing is deployed.
        """
        network = LocalNetwork.open(home)
        return cls.open(network.socket_path(1), load_deployments(home, network.chain_id))

    @property
    def windows(self) -> Windows:
        """The spans of time that the contracts count with."""
        return self.deployments.windows

    @property
    def domain(self) -> SigningDomain:
        """What every signature on this network is bound to."""
        return self.deployments.signing_domain

    @property
    def finality_depth(self) -> int:
        """Blocks on top of a block from which it stays, if every peer seals."""
        return finality_depth(self.contracts.peers.peer_count())

    def now(self) -> UnixSeconds:
        """Return the time of the latest block."""
        return UnixSeconds(self.reader.head().timestamp)

    def wait_until_after(self, moment: int, timeout_seconds: float = 120) -> None:
        """Wait for a block that is later than a point in time.

        Args:
            moment: Unix seconds.
            timeout_seconds: How long at most.

        Raises:
            ChainUnreachableError: No such block came.
        """
        end_seconds = time.monotonic() + timeout_seconds
        while self.now() <= moment:
            if time.monotonic() > end_seconds:
                raise ChainUnreachableError(f"No block later than {moment} in {timeout_seconds} s.")
            time.sleep(_LOOK_SECONDS)

    def find(self, tx_hash: bytes, timeout_seconds: float = 60) -> tuple[Inclusion, list[ChainEvent]]:
        """Read where a transaction is now, and what the contracts said in it.

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
