"""Nodes taken apart: the majority goes on, the chains become one again, a tie is broken."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from chainfaas.chain.node import lifecycle
from chainfaas.chain.node.agreement import have_same_head, settle_on_one_chain
from chainfaas.chain.node.local_network import LocalNetwork
from chainfaas.chain.node.signer_node import SignerNode
from chainfaas.chain.node.waiting import wait_until

if TYPE_CHECKING:
    from tests.integration.conftest import NewNetwork

TIMEOUT_SECONDS = 60.0


def _eventually(condition: object) -> bool:
    assert callable(condition)
    return wait_until(condition, time.monotonic() + TIMEOUT_SECONDS)


def _send_one_wei(network: LocalNetwork, number: int) -> str:
    """Let a node's signer pay itself; returns the transaction's hash."""
    signer = network.signers[number - 1]
    transaction = {"from": signer, "to": signer, "value": "0x1", "maxPriorityFeePerGas": "0x3b9aca00"}
    return str(
        network.node(number).endpoint.request(
            "eth_sendTransaction", transaction | {"maxFeePerGas": "0x3b9aca00"}
        )
    )


def _hash_at(network: LocalNetwork, number: int, height: int) -> str | None:
    # A node that changes branches has no block at a height for a moment.
    found = network.node(number).endpoint.request("eth_getBlockByNumber", hex(height), False)  # noqa: FBT003
    return str(found["hash"]) if found else None


def _block_of(network: LocalNetwork, number: int, transaction: str) -> str | None:
    # A receipt is refused while the node has not indexed its first block yet; a transaction is not.
    found = network.node(number).endpoint.request("eth_getTransactionByHash", transaction)
    return str(found["blockHash"]) if found and found["blockHash"] else None


def test_disconnect_nodes__one_of_three__majority_goes_on_and_one_stays_apart(
    new_network: NewNetwork,
) -> None:
    network = new_network()
    network.start()
    network.disconnect_nodes(1, 3)
    network.disconnect_nodes(2, 3)
    apart = network.node(3)
    start = network.node(1).read_head().number

    assert _eventually(lambda: network.node(1).read_head().number >= start + 5)
    # One of three may seal a single block after the last one of the others that it saw.
    assert apart.read_head().number <= start + 2
    assert (len(apart.read_peers()), len(network.node(1).read_peers())) == (0, 1)

    network.connect_nodes(1, 3)
    network.connect_nodes(2, 3)
    assert _eventually(lambda: apart.read_head().number >= start + 5)
    assert apart.read_block_hash(start + 3) == network.node(1).read_block_hash(start + 3)


def test_connect_nodes__both_sides_sealed__lighter_block_is_replaced(new_network: NewNetwork) -> None:
    network = new_network(period_seconds=0)
    network.start()
    network.disconnect_nodes(1, 3)
    network.disconnect_nodes(2, 3)
    lone = _send_one_wei(network, 3)
    assert _eventually(lambda: _block_of(network, 3, lone) is not None)
    replaced = _block_of(network, 3, lone)
    # One at a time: two signers without the third stop each other when both seal the same height at once.
    for number, other in ((1, 2), (2, 1), (1, 2)):
        network.node(other).stop_sealing()
        sent = _send_one_wei(network, number)
        assert _eventually(lambda number=number, sent=sent: _block_of(network, number, sent) is not None)
        assert _eventually(lambda: have_same_head([network.node(1), network.node(2)]))
        network.node(other).start_sealing()

    network.connect_nodes(1, 3)
    network.connect_nodes(2, 3)

    # Three blocks weigh more than one; the lone transaction is mined anew on top of them.
    assert _eventually(lambda: _hash_at(network, 3, 1) == _hash_at(network, 1, 1))
    assert _eventually(lambda: _block_of(network, 1, lone) not in {None, replaced})


def test_start_node__taken_apart_before__stays_apart(new_network: NewNetwork) -> None:
    network = new_network(period_seconds=0)
    network.start()
    network.disconnect_nodes(1, 2)
    network.stop_node(2)
    network.start_node(2)

    assert [len(node.read_peers()) for node in network.nodes] == [1, 1, 2]


def test_settle_on_one_chain__chains_weigh_the_same__tie_is_broken(new_network: NewNetwork) -> None:
    network = new_network(period_seconds=0)
    network.start()
    first, second, in_turn = _out_of_turn_and_in_turn(network)
    in_turn.stop_sealing()
    network.disconnect_nodes(first.number, second.number)
    for node in (first, second):
        network.disconnect_nodes(node.number, in_turn.number)
        sent = _send_one_wei(network, node.number)
        assert _eventually(lambda node=node, sent=sent: _block_of(network, node.number, sent) is not None)
        node.stop_sealing()
    assert first.read_head().weight == second.read_head().weight
    assert not have_same_head(network.nodes)

    for pair in ((first, second), (first, in_turn), (second, in_turn)):
        network.connect_nodes(pair[0].number, pair[1].number)
    settle_on_one_chain(network.nodes)

    assert have_same_head(network.nodes)
    assert first.read_head().number == 1
    lifecycle.join_and_seal(network.nodes, ())
    sent = _send_one_wei(network, first.number)
    assert _eventually(lambda: _block_of(network, second.number, sent) is not None)


def _out_of_turn_and_in_turn(network: LocalNetwork) -> tuple[SignerNode, SignerNode, SignerNode]:
    """Return the two nodes whose block 1 is light and the one whose turn it is (EIP-225)."""
    ordered = sorted(network.nodes, key=lambda node: node.entry.signer.lower())
    in_turn = ordered.pop(1 % len(ordered))
    return ordered[0], ordered[1], in_turn
