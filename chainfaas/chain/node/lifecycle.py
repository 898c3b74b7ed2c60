"""Starting and stopping the nodes of a network together."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from chainfaas.chain.node import peering
from chainfaas.chain.node.agreement import (
    adopt_best_chain,
    have_same_head,
    settle_on_one_chain,
    wait_for_height,
)
from chainfaas.chain.node.errors import (
    ChainStalledError,
    ChainUnreachableError,
    GenesisMismatchError,
    NodeRequestError,
)
from chainfaas.chain.node.founding import choose_socket_folder, genesis_text, is_private_folder
from chainfaas.chain.node.network_file import NetworkDescription, NodeEntry, write_network_file
from chainfaas.chain.node.ports import choose_ports
from chainfaas.chain.node.signer_node import SignerNode, node_files
from chainfaas.chain.node.waiting import wait_until
from chainfaas.chain.state_folder import StateFolder

_SETTLE_SECONDS = 2.0
_FIRST_BLOCK_SECONDS = 5.0
_ATTEMPTS = 4


def network_nodes(folder: StateFolder, network: NetworkDescription) -> tuple[SignerNode, ...]:
    """Return the nodes of a network in the order of their numbers, running or not.

    Args:
        folder: The network's state folder.
        network: Its description.
    """
    return tuple(
        SignerNode(entry, node_files(folder, network.socket_folder, entry.number)) for entry in network.nodes
    )


def prepare_places(
    folder: StateFolder, network: NetworkDescription, stopped: Sequence[int]
) -> NetworkDescription:
    """Return the network with ports that are free for the stopped nodes, and a socket folder that is there.

    Args:
        folder: The network's state folder.
        network: Its description.
        stopped: Numbers of the nodes that are about to be started.
    """
    ports = choose_ports(node.port for node in network.nodes if node.number in stopped)
    free = dict(zip(sorted(stopped), ports, strict=True))
    nodes = tuple(
        NodeEntry(node.number, node.signer, free.get(node.number, node.port)) for node in network.nodes
    )
    sockets = network.socket_folder
    if not is_private_folder(sockets) and len(stopped) == len(network.nodes):
        folder.create()
        sockets = choose_socket_folder(folder)
    return dataclasses.replace(network, nodes=nodes, socket_folder=sockets)


def launch(
    folder: StateFolder, network: NetworkDescription, nodes: Sequence[SignerNode], program: Path
) -> NetworkDescription:
    """Start nodes that do not run and wait until they answer; they do not seal yet.

    Args:
        folder: The network's state folder.
        network: Its description.
        nodes: The nodes to start.
        program: The node program.

    Returns:
        The description, with the genesis hash that the nodes gave.

    Raises:
        GenesisMismatchError: Data or settings are not this network's.
        NodeStartError: A node ended or did not answer.
    """
    _check_genesis_file(folder, network)
    for node in nodes:
        node.initialise(program, folder.genesis_file)
        node.launch(program, network.genesis.chain_id, len(network.nodes) - 1)
    for node in nodes:
        node.wait_until_ready()
    network = dataclasses.replace(network, genesis_hash=_check_genesis_hash(network, nodes))
    write_network_file(folder.network_file, network)
    return network


def join_and_seal(nodes: Sequence[SignerNode], severed: Iterable[frozenset[int]]) -> None:
    """Join nodes that run, let them agree on a chain, and let them seal.

    Args:
        nodes: The nodes.
        severed: Pairs of node numbers to leave apart.

    Raises:
        PeersMissingError: Nodes did not connect.
    """
    apart = frozenset(severed)
    _each(SignerNode.accept_first_blocks, nodes)
    peering.join_all(nodes, apart)
    if not apart:
        _agree(nodes)
    _each(SignerNode.start_sealing, nodes)


def wait_for_blocks(nodes: Sequence[SignerNode], period_seconds: int) -> None:
    """Wait until a network makes a block, and help it when its nodes sit on chains that stop each other.

    Args:
        nodes: All of its nodes, running and joined.
        period_seconds: Its block period, above 0.

    Raises:
        ChainStalledError: None was made.
    """
    before = max(node.read_head().number for node in nodes)
    for _ in range(_ATTEMPTS):
        deadline = time.monotonic() + _FIRST_BLOCK_SECONDS + 2 * period_seconds
        if wait_until(lambda: max(node.read_head().number for node in nodes) > before, deadline):
            return
        _each(SignerNode.stop_sealing, nodes)
        adopt_best_chain(nodes)
        _each(SignerNode.start_sealing, nodes)
    raise ChainStalledError(f"No block was made after block {before}.")


def _agree(nodes: Sequence[SignerNode]) -> None:
    sealing = [node for node in nodes if node.is_sealing()]
    if sealing:
        wait_for_height([node for node in nodes if node not in sealing], sealing)
    else:
        settle_on_one_chain(nodes)


def _each(action: Callable[[SignerNode], None], nodes: Sequence[SignerNode]) -> None:
    """Do something to all nodes at once."""
    with ThreadPoolExecutor(max_workers=max(1, len(nodes))) as pool:
        list(pool.map(action, nodes))


def stop_together(nodes: Sequence[SignerNode]) -> None:
    """Stop nodes so that they come back with the same newest block, if they can agree on one.

    Args:
        nodes: Running nodes.

    Raises:
        NodeStopError: A process is there even after it was forced.
    """
    if not nodes:
        return
    with contextlib.suppress(ChainUnreachableError, NodeRequestError):
        _each(SignerNode.stop_sealing, nodes)
        wait_until(lambda: have_same_head(nodes), time.monotonic() + _SETTLE_SECONDS)
    _each(SignerNode.stop, nodes)


def _check_genesis_file(folder: StateFolder, network: NetworkDescription) -> None:
    try:
        written = folder.genesis_file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise GenesisMismatchError(f"The genesis {folder.genesis_file} cannot be read: {error}.") from error
    if written != genesis_text(network.genesis):
        raise GenesisMismatchError(
            f"{folder.genesis_file} and {folder.network_file} describe different networks."
        )


def _check_genesis_hash(network: NetworkDescription, nodes: Sequence[SignerNode]) -> str:
    expected = network.genesis_hash
    for node in nodes:
        served = node.read_genesis_hash()
        expected = expected or served
        if served != expected:
            raise GenesisMismatchError(
                f"Node {node.number} serves a chain with genesis {served}, but this network's is {expected}."
            )
    return expected
