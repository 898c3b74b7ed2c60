"""A real network: started, stopped, wiped, taken apart."""

from __future__ import annotations

from chainfaas.chain.node.local_network import LocalNetwork
from tests.integration.conftest import NewKey


def test_start__three_signers__all_seal_with_two_peers(network: LocalNetwork) -> None:
    nodes = network.status().nodes

    assert [(node.running, node.peers, node.sealing) for node in nodes] == [(True, 2, True)] * 3


def test_start__on_demand__transaction_is_mined(
    network_on_demand: LocalNetwork, new_funded_key: NewKey
) -> None:
    key = new_funded_key(network_on_demand)

    web3 = network_on_demand.connect(2)
    assert web3.eth.get_balance(web3.to_checksum_address(key.address)) == 10 * 10**18
