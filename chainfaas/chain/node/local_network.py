"""A proof-of-authority network of this machine's own processes."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from web3 import Web3

from chainfaas.chain.connection import connect
from chainfaas.chain.keystore import UnlockedKey, load_keystore
from chainfaas.chain.node import lifecycle, peering
from chainfaas.chain.node.errors import NetworkBusyError, NetworkFileError, UnknownNodeError
from chainfaas.chain.node.file_lock import file_lock
from chainfaas.chain.node.finder import find_node_program
from chainfaas.chain.node.founding import found_network, read_deployer_key
from chainfaas.chain.node.network_file import NetworkDescription, read_network_file
from chainfaas.chain.node.network_status import NetworkStatus, read_node_status
from chainfaas.chain.node.signer_node import SignerNode
from chainfaas.chain.state_folder import StateFolder, tool_cache_folder


class LocalNetwork:
    """The signers of one state folder: founded once, started and stopped at will.

    Nodes are numbered from 1. What is running is read from the system each time, so any number of
    these objects, in any number of processes, may stand for the same network.
    """

    def __init__(
        self,
        folder: StateFolder,
        network: NetworkDescription,
        find_program: Callable[[], Path] = find_node_program,
    ) -> None:
        """Take over a network that was founded.

        Args:
            folder: Its state folder.
            network: Its description.
            find_program: Returns the node program; only asked when a node is started.
        """
        self.folder = folder
        self._network = network
        self._find_program = find_program
        self._severed: set[frozenset[int]] = set()

    @classmethod
    def create(
        cls,
        folder: StateFolder | Path,
        signers: int = 3,
        period_seconds: int = 1,
        funded: Mapping[str, int] | None = None,
    ) -> LocalNetwork:
        """Found a network: keys, genesis, ports. No process is started.

        Args:
            folder: Where it is kept; a folder without a network.
            signers: How many signers, from 1 to 9.
            period_seconds: Seconds between blocks; 0 seals whenever there is a transaction.
            funded: Further addresses that hold coin from the start, with wei.

        Raises:
            NetworkFileError: There is a network already.
            ConfigurationError: A number is out of its range, or the folder cannot be written.
        """
        state = folder if isinstance(folder, StateFolder) else StateFolder(folder)
        if state.network_file.exists():
            raise NetworkFileError(
                f"There is a network in {state.root} already.",
                remedy="Use it, or wipe it with `chainfaas chain reset`.",
            )
        return cls(state, found_network(state, signers, period_seconds, funded or {}))

    @classmethod
    def open(cls, folder: StateFolder | Path) -> LocalNetwork:
        """Take up the network that a folder holds.

        Args:
            folder: Its state folder.

        Raises:
            NetworkFileError: There is none, or its description is damaged.
        """
        state = folder if isinstance(folder, StateFolder) else StateFolder(folder)
        return cls(state, read_network_file(state.network_file))

    @property
    def chain_id(self) -> int:
        """The id drawn for this network."""
        return self._network.genesis.chain_id

    @property
    def genesis_hash(self) -> str:
        """Hash of block 0 as 0x-text; empty before the first start."""
        return self._network.genesis_hash

    @property
    def period_seconds(self) -> int:
        """Seconds between blocks; 0 seals on demand."""
        return self._network.genesis.period_seconds

    @property
    def signers(self) -> tuple[str, ...]:
        """Addresses of the signers; the first is node 1's."""
        return self._network.genesis.signers

    @property
    def nodes(self) -> tuple[SignerNode, ...]:
        """The nodes in the order of their numbers, running or not."""
        return lifecycle.network_nodes(self.folder, self._network)

    def node(self, number: int) -> SignerNode:
        """Return one node.

        Args:
            number: Its number, counted from 1.

        Raises:
            UnknownNodeError: The network has no such node.
        """
        if not 1 <= number <= len(self._network.nodes):
            raise UnknownNodeError(f"There is no node {number}; the last is {len(self._network.nodes)}.")
        return self.nodes[number - 1]

    def socket_path(self, number: int) -> Path:
        """Return the path of a node's socket.

        Args:
            number: The node's number, counted from 1.
        """
        return self.node(number).files.socket

    def connect(self, number: int = 1, timeout_seconds: int = 10) -> Web3:
        """Connect to a running node.

        Args:
            number: The node's number, counted from 1.
            timeout_seconds: How long one request may take.

        Raises:
            ChainUnreachableError: The node does not run.
        """
        return connect(
            self.socket_path(number), expected_chain_id=self.chain_id, timeout_seconds=timeout_seconds
        )

    def deployer_key(self) -> UnlockedKey:
        """Return the key that holds coin from the start and deploys the contracts."""
        return read_deployer_key(self.folder)

    def signer_key(self, number: int) -> UnlockedKey:
        """Return a signer's own key.

        Args:
            number: Its node's number, counted from 1.
        """
        files = self.node(number).files
        return load_keystore(files.keystore, files.password)

    def start(self) -> None:
        """Start every node that does not run, join them, and wait until the network works.

        With a block period it works when the newest block has moved on; with sealing on demand when
        all nodes are connected.

        Raises:
            NodeUnavailableError: No node program can be had.
            GenesisMismatchError: Data or settings are not this network's.
            NodeStartError: A node ended or did not answer.
            PeersMissingError: Nodes did not connect.
            ChainStalledError: No block was made.
        """
        with self._locked():
            self._launch([node.number for node in self.nodes if node.process() is None])
            lifecycle.join_and_seal(self.nodes, self._severed)
            if self.period_seconds and not self._severed:
                lifecycle.wait_for_blocks(self.nodes, self.period_seconds)

    def start_node(self, number: int) -> None:
        """Start one node, join it to the running ones, and wait until it has caught up.

        Args:
            number: Its number, counted from 1.

        Raises:
            ChainFaaSError: As `start`.
        """
        with self._locked():
            if self.node(number).process() is None:
                self._launch([number])
            lifecycle.join_and_seal(self._running(), self._severed)

    def stop(self) -> None:
        """Stop all nodes; their data stays.

        Raises:
            NodeStopError: A process is there even after it was forced.
        """
        with self._locked():
            lifecycle.stop_together(self._running())

    def stop_node(self, number: int) -> None:
        """Stop one node; the others go on.

        Args:
            number: Its number, counted from 1.

        Raises:
            NodeStopError: The process is there even after it was forced.
        """
        with self._locked():
            self.node(number).stop()

    def connect_nodes(self, first: int, second: int) -> None:
        """Join two running nodes again; they settle on the heavier of their chains.

        Args:
            first: A node's number, counted from 1.
            second: Another's.
        """
        self._severed.discard(frozenset((first, second)))
        peering.join(self.node(first), self.node(second))

    def disconnect_nodes(self, first: int, second: int) -> None:
        """Take two running nodes apart until `connect_nodes` joins them again.

        Args:
            first: A node's number, counted from 1.
            second: Another's.
        """
        self._severed.add(frozenset((first, second)))
        peering.part(self.node(first), self.node(second))

    def status(self) -> NetworkStatus:
        """Return what each node is doing; a node that is down is no error."""
        nodes = tuple(read_node_status(node) for node in self.nodes)
        return NetworkStatus(self.chain_id, self.genesis_hash, self.period_seconds, nodes)

    def destroy(self) -> None:
        """Stop the network and delete its data, genesis, logs and deployments; keys of people stay.

        Raises:
            NodeStopError: A process is there even after it was forced.
        """
        with self._locked():
            lifecycle.stop_together(self._running())
            self.folder.network_file.unlink(missing_ok=True)
            self.folder.genesis_file.unlink(missing_ok=True)
            for node in self.nodes:
                node.files.log.unlink(missing_ok=True)
            shutil.rmtree(self.folder.nodes, ignore_errors=True)
            shutil.rmtree(self.folder.deployments, ignore_errors=True)
            if self._network.socket_folder != self.folder.run:
                shutil.rmtree(self._network.socket_folder, ignore_errors=True)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        with file_lock(self.folder.run / "network.lock", wait=False) as held:
            if not held:
                raise NetworkBusyError(f"Another command works on the network in {self.folder.root}.")
            yield

    def _running(self) -> list[SignerNode]:
        return [node for node in self.nodes if node.process() is not None]

    def _launch(self, numbers: list[int]) -> None:
        if not numbers:
            return
        program = self._find_program()
        # Until these nodes listen, another network that is started at the same time could choose their ports.
        with file_lock(tool_cache_folder(os.environ) / "ports.lock"):
            self._network = lifecycle.prepare_places(self.folder, self._network, numbers)
            stopped = [self.node(number) for number in numbers]
            self._network = lifecycle.launch(self.folder, self._network, stopped, program)
