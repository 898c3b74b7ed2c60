"""Joining nodes to each other, and keeping two of them apart."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from itertools import combinations

from chainfaas.chain.node.errors import PeersMissingError
from chainfaas.chain.node.signer_node import SignerNode, enode_id
from chainfaas.chain.node.waiting import wait_until

PEER_TIMEOUT_SECONDS = 60.0
"""A node does not dial the same peer twice within 35 s, so joining again may take that long."""

_FIRST_DIAL_SECONDS = 2.0


def join(first: SignerNode, second: SignerNode) -> None:
    """Make two nodes peers of each other and wait until they are.

    Args:
        first: A running node.
        second: Another one.

    Raises:
        PeersMissingError: They did not connect in time.
    """
    enodes = {first.number: first.read_enode(), second.number: second.read_enode()}
    if _are_joined(first, enodes[second.number]):
        return
    for node, peer in ((first, second), (second, first)):
        node.endpoint.request("admin_addTrustedPeer", enodes[peer.number])
    # One dials at a time: two dials that cross end each other. Whoever dialled lately may not dial again yet.
    for caller, called, seconds in (
        (second, first, _FIRST_DIAL_SECONDS),
        (first, second, PEER_TIMEOUT_SECONDS),
    ):
        caller.endpoint.request("admin_addPeer", enodes[called.number])
        if _wait_for_both(first, second, enodes, seconds):
            return
    raise PeersMissingError(f"Nodes {first.number} and {second.number} did not connect to each other.")


def part(first: SignerNode, second: SignerNode) -> None:
    """Take two nodes apart, so that neither dials nor accepts the other, and wait until they are.

    Args:
        first: A running node.
        second: Another one.

    Raises:
        PeersMissingError: They are still connected after a while.
    """
    for node, peer in ((first, second), (second, first)):
        enode = peer.read_enode()
        node.endpoint.request("admin_removeTrustedPeer", enode)
        node.endpoint.request("admin_removePeer", enode)
    enode = second.read_enode()
    if not wait_until(lambda: not _are_joined(first, enode), time.monotonic() + PEER_TIMEOUT_SECONDS):
        raise PeersMissingError(f"Nodes {first.number} and {second.number} stay connected.")


def join_all(nodes: Sequence[SignerNode], severed: Iterable[frozenset[int]] = ()) -> None:
    """Make every two of the nodes peers, but for those that were taken apart on purpose.

    Args:
        nodes: Running nodes.
        severed: Pairs of node numbers to leave apart.
    """
    apart = set(severed)
    for first, second in combinations(nodes, 2):
        if frozenset((first.number, second.number)) not in apart:
            join(first, second)


def _are_joined(node: SignerNode, enode: str) -> bool:
    return enode_id(enode) in node.read_peers()


def _wait_for_both(first: SignerNode, second: SignerNode, enodes: dict[int, str], seconds: float) -> bool:
    return wait_until(
        lambda: _are_joined(first, enodes[second.number]) and _are_joined(second, enodes[first.number]),
        time.monotonic() + seconds,
    )
