"""One signer of a local network: its process, and what is asked of it over its socket."""

from __future__ import annotations

import os
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from chainfaas.chain.keystore import read_keystore_address
from chainfaas.chain.node.errors import (
    ChainUnreachableError,
    GenesisMismatchError,
    NodeRequestError,
    NodeStartError,
)
from chainfaas.chain.node.ipc import IpcEndpoint
from chainfaas.chain.node.network_file import NodeEntry
from chainfaas.chain.node.node_command import (
    NodeFiles,
    configuration_text,
    initialise_arguments,
    node_environment,
    run_arguments,
)
from chainfaas.chain.node.process import (
    ProcessIdentity,
    read_process,
    spawn,
    terminate,
    wait_for_exit,
    write_process,
)
from chainfaas.chain.node.tool_run import run_tool
from chainfaas.chain.node.waiting import wait_until
from chainfaas.chain.state_folder import StateFolder

START_TIMEOUT_SECONDS = 60.0
STOP_TIMEOUT_SECONDS = 20.0
_INITIALISE_TIMEOUT_SECONDS = 60.0
_LOG_LINES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class BlockHead:
    """The newest block that a node has."""

    number: int
    block_hash: str
    timestamp: int
    """Unix seconds."""

    weight: int
    """Total difficulty of the chain that it ends; the heavier chain wins."""


@dataclass(frozen=True, slots=True)
class SignerNode:
    """A node with its entry in the network's description and its files."""

    entry: NodeEntry
    files: NodeFiles

    @property
    def number(self) -> int:
        """The node's number, counted from 1."""
        return self.entry.number

    @property
    def endpoint(self) -> IpcEndpoint:
        """The node's socket."""
        return IpcEndpoint(self.files.socket)

    def process(self) -> ProcessIdentity | None:
        """Return the node's process while it runs."""
        recorded = read_process(self.files.process)
        return recorded if recorded is not None and recorded.is_alive() else None

    def initialise(self, program: Path, genesis: Path) -> None:
        """Write block 0, or check that the one that is there is the same.

        Args:
            program: The node program.
            genesis: The genesis document.

        Raises:
            GenesisMismatchError: The data folder belongs to another network, or the document is damaged.
        """
        arguments = initialise_arguments(program, self.files, genesis)
        environment = node_environment(dict(os.environ), self.files.data, genesis.parent)
        answer = run_tool(arguments, _INITIALISE_TIMEOUT_SECONDS, environment)
        if not answer.succeeded:
            raise GenesisMismatchError(
                f"The data of node {self.number} in {self.files.data} does not fit the genesis: "
                f"{answer.last_error_line}."
            )

    def launch(self, program: Path, chain_id: int, peer_count: int) -> None:
        """Start the node's process; it does not seal yet.

        Args:
            program: The node program.
            chain_id: The network's chain id.
            peer_count: How many other nodes the network has.
        """
        self.files.configuration.write_text(configuration_text(self.entry.port, peer_count), encoding="utf-8")
        self.files.socket.unlink(missing_ok=True)
        environment = node_environment(dict(os.environ), self.files.data, self.files.socket.parent)
        arguments = run_arguments(program, self.files, self.entry.signer, chain_id)
        write_process(self.files.process, spawn(arguments, self.files.log, environment))

    def wait_until_ready(self) -> None:
        """Wait until the node answers and its signer is unlocked, which comes a little later.

        Raises:
            NodeStartError: Its process ended, or it did not answer in time.
        """
        settled = wait_until(
            lambda: self.is_unlocked() or self.process() is None, time.monotonic() + START_TIMEOUT_SECONDS
        )
        if not settled or self.process() is None:
            raise NodeStartError(
                f"Node {self.number} did not start. The end of {self.files.log}:\n{self._log_end()}"
            )

    def is_unlocked(self) -> bool:
        """Say whether the node answers and can sign for its signer."""
        try:
            self.endpoint.request("eth_sign", self.entry.signer, "0x")
        except (ChainUnreachableError, NodeRequestError):
            return False
        return True

    def stop(self) -> None:
        """End the node's process: asked first, then forced.

        Raises:
            NodeStopError: The process is there after both.
        """
        process = self.process()
        if process is not None:
            terminate(process, STOP_TIMEOUT_SECONDS)
            wait_for_exit(process, STOP_TIMEOUT_SECONDS)
        self.files.process.unlink(missing_ok=True)
        self.files.socket.unlink(missing_ok=True)

    def read_head(self) -> BlockHead:
        """Return the newest block."""
        block = self._read_block("latest")
        return BlockHead(
            number=int(block["number"], 16),
            block_hash=block["hash"],
            timestamp=int(block["timestamp"], 16),
            weight=int(block["totalDifficulty"], 16),
        )

    def read_genesis_hash(self) -> str:
        """Return the hash of block 0."""
        return self.read_block_hash(0)

    def read_block_hash(self, number: int) -> str:
        """Return the hash of a block that the node has.

        Args:
            number: Its height.
        """
        return self._read_block(hex(number))["hash"]

    def rewind(self, number: int) -> None:
        """Make a node that does not seal forget its newest blocks.

        Args:
            number: Height of the block that becomes the newest.
        """
        self.endpoint.request("debug_setHead", hex(number))

    def export_blocks(self, path: Path, first: int) -> None:
        """Write the node's newest blocks to a file.

        Args:
            path: The file, which is not there yet.
            first: Height of the first block to write; the last is the newest.
        """
        self.endpoint.request("admin_exportChain", str(path), first, self.read_head().number)

    def import_blocks(self, path: Path) -> None:
        """Take blocks from a file into the node's chain.

        Args:
            path: A file that `export_blocks` wrote.
        """
        self.endpoint.request("admin_importChain", str(path))

    def read_enode(self) -> str:
        """Return the address that peers reach this node at (EIP-778's predecessor, the enode URL)."""
        return str(self.endpoint.request("admin_nodeInfo")["enode"])

    def read_peers(self) -> frozenset[str]:
        """Return the names of the connected peers: each the id in its enode URL."""
        peers = self.endpoint.request("admin_peers")
        # A peer whose handshake is not over has no protocol yet, and carries no block.
        ready = [peer for peer in peers if isinstance(peer.get("protocols", {}).get("eth"), dict)]
        return frozenset(enode_id(str(peer["enode"])) for peer in ready)

    def read_coin_wei(self) -> int:
        """Return the signer's balance."""
        return int(self.endpoint.request("eth_getBalance", self.entry.signer, "latest"), 16)

    def is_sealing(self) -> bool:
        """Say whether the node makes blocks when it is its turn."""
        return bool(self.endpoint.request("eth_mining"))

    def accept_first_blocks(self) -> None:
        """Make a node that has just started listen to its peers' blocks.

        It throws them away until it has synchronised or mines, and then nobody sends them again. So it
        mines for a moment with a key that is no signer's: nothing comes of that but the open ear.
        """
        if not self.is_sealing():
            self._mine_as(read_keystore_address(self.files.idle_keystore))
            self.stop_sealing()

    def start_sealing(self) -> None:
        """Let the node make blocks when it is its turn."""
        if str(self.endpoint.request("eth_coinbase")).lower() != self.entry.signer.lower():
            self.stop_sealing()
        self._mine_as(self.entry.signer)

    def _mine_as(self, address: str) -> None:
        self.endpoint.request("miner_setEtherbase", address)
        self.endpoint.request("miner_start")

    def stop_sealing(self) -> None:
        """Keep the node from making blocks."""
        self.endpoint.request("miner_stop")

    def _read_block(self, block: str) -> dict[str, str]:
        with_transactions = False
        answer: dict[str, str] = self.endpoint.request("eth_getBlockByNumber", block, with_transactions)
        return answer

    def _log_end(self) -> str:
        try:
            with self.files.log.open(encoding="utf-8", errors="replace") as log:
                return "".join(deque(log, maxlen=_LOG_LINES_SHOWN)).rstrip()
        except OSError:
            return "(no log)"


def enode_id(enode: str) -> str:
    """Return the part of an enode URL that names the node.

    Args:
        enode: ``enode://ID@host:port`` with or without a query.
    """
    return enode.removeprefix("enode://").partition("@")[0]


def node_files(folder: StateFolder, socket_folder: Path, number: int) -> NodeFiles:
    """Return where a node keeps its things.

    Args:
        folder: The state folder.
        socket_folder: Where the network's sockets are.
        number: The node's number, counted from 1.
    """
    return NodeFiles(
        data=folder.node(number),
        socket=socket_folder / f"node-{number}.ipc",
        log=folder.logs / f"node-{number}.log",
        process=folder.run / f"node-{number}.json",
    )
