"""Bringing nodes that do not seal to one chain, also where two chains weigh the same."""

from __future__ import annotations

import time
from collections.abc import Sequence

from chainfaas.chain.node.signer_node import SignerNode
from chainfaas.chain.node.waiting import wait_until

_SYNCHRONISE_SECONDS = 12.0
"""A node that lacks peers looks for a better chain every 10 s."""


def have_same_head(nodes: Sequence[SignerNode]) -> bool:
    """Say whether nodes have the same newest block.

    Args:
        nodes: Running nodes.
    """
    return len({node.read_head().block_hash for node in nodes}) <= 1


def settle_on_one_chain(nodes: Sequence[SignerNode]) -> None:
    """Wait until joined nodes have the same newest block, and break a tie that they cannot.

    A node only follows a heavier chain than its own. Where the chains of two groups weigh the same and
    each signer has signed lately on its own, nobody may sign the block that would decide.

    Args:
        nodes: Running nodes that do not seal.
    """
    wait_until(lambda: _are_settled(nodes), time.monotonic() + _SYNCHRONISE_SECONDS)
    adopt_best_chain(nodes)


def adopt_best_chain(nodes: Sequence[SignerNode]) -> None:
    """Give all nodes the blocks of the one with the heaviest chain.

    Args:
        nodes: Running nodes that do not seal.
    """
    # Weight decides as it does between nodes; then the hash, so that the choice is the same each time.
    best = max(nodes, key=lambda node: (node.read_head().weight, node.read_head().block_hash))
    for node in nodes:
        if node.read_head().block_hash != best.read_head().block_hash:
            _copy_chain(best, node)


def _are_settled(nodes: Sequence[SignerNode]) -> bool:
    heads = [node.read_head() for node in nodes]
    heaviest = max(head.weight for head in heads)
    tie = len({head.block_hash for head in heads if head.weight == heaviest}) > 1
    return tie or len({head.block_hash for head in heads}) == 1


def _copy_chain(source: SignerNode, target: SignerNode) -> None:
    """Put one node's newest blocks in place of another's; peers would dial again only after a while."""
    common = _last_common_height(source, target)
    target.rewind(common)
    # The sockets' folder is one that all nodes see, also those in containers.
    blocks = source.files.socket.parent / f"blocks-{source.number}-{target.number}.rlp"
    blocks.unlink(missing_ok=True)
    try:
        source.export_blocks(blocks, common + 1)
        target.import_blocks(blocks)
    finally:
        blocks.unlink(missing_ok=True)


def wait_for_height(behind: Sequence[SignerNode], ahead: Sequence[SignerNode]) -> bool:
    """Wait until nodes have caught up with what others have by now, and say whether they did.

    Args:
        behind: Running nodes that do not seal.
        ahead: Nodes that do.
    """
    height = max(node.read_head().number for node in ahead)
    return wait_until(
        lambda: all(node.read_head().number >= height for node in behind),
        time.monotonic() + _SYNCHRONISE_SECONDS,
    )


def _last_common_height(first: SignerNode, second: SignerNode) -> int:
    height = min(first.read_head().number, second.read_head().number)
    while first.read_block_hash(height) != second.read_block_hash(height):
        height -= 1
    return height
