"""A real network: started, stopped, killed, wiped, damaged."""

from __future__ import annotations

import json
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from chainfaas.chain.errors import ChainUnreachableError
from chainfaas.chain.node.errors import (
    GenesisMismatchError,
    NetworkBusyError,
    NetworkFileError,
    NodeStartError,
    UnknownNodeError,
)
from chainfaas.chain.node.file_lock import file_lock
from chainfaas.chain.node.local_network import LocalNetwork
from chainfaas.chain.node.process import send_signal, wait_for_exit
from chainfaas.chain.node.waiting import wait_until

if TYPE_CHECKING:
    from tests.integration.conftest import NewKey, NewNetwork


def _pids(network: LocalNetwork) -> list[int | None]:
    return [node.pid for node in network.status().nodes]


def test_start__three_signers__all_seal_with_two_peers(network: LocalNetwork) -> None:
    nodes = network.status().nodes

    assert [(node.running, node.peers, node.sealing) for node in nodes] == [(True, 2, True)] * 3
    assert all(node.head for node in nodes)


def test_start__running__used_as_it_is(network: LocalNetwork) -> None:
    before = _pids(network)
    LocalNetwork.open(network.folder).start()

    assert _pids(network) == before


def test_start__genesis__free_gas_and_signers_hold_the_coin(network: LocalNetwork) -> None:
    web3 = network.connect(3)
    block = web3.eth.get_block("latest")

    assert web3.eth.chain_id == network.chain_id
    assert (block["baseFeePerGas"], block["gasLimit"]) == (0, 30_000_000)
    assert web3.to_hex(web3.eth.get_block(0)["hash"]) == network.genesis_hash
    for number, signer in enumerate(network.signers, start=1):
        assert web3.eth.get_balance(web3.to_checksum_address(signer), 0) >= 10**26
        assert network.signer_key(number).address == signer


def test_start__on_demand__coinbase_is_the_sealing_signer(
    network_on_demand: LocalNetwork, new_funded_key: NewKey
) -> None:
    new_funded_key(network_on_demand)

    # The contracts pay `block.coinbase`. A header's own field is a vote in Clique, so the seal is asked.
    endpoint = network_on_demand.node(1).endpoint
    newest = hex(network_on_demand.node(1).read_head().number)
    sealer = endpoint.request("clique_getSigner", newest)
    # COINBASE, PUSH1 0, MSTORE, PUSH1 32, PUSH1 0, RETURN, run as the creation code of a contract.
    answer = endpoint.request("eth_call", {"data": "0x4160005260206000f3"}, newest)
    assert answer[-40:] == sealer[2:]


def test_stop__started_again__goes_on_with_its_data(new_network: NewNetwork, new_funded_key: NewKey) -> None:
    network = new_network(period_seconds=0)
    network.start()
    key = new_funded_key(network)
    network.stop()
    assert _pids(network) == [None] * 3

    again = LocalNetwork.open(network.folder)
    again.start()

    web3 = again.connect(2)
    assert web3.eth.get_balance(web3.to_checksum_address(key.address)) == 10 * 10**18
    assert again.genesis_hash == network.genesis_hash


def test_start__all_killed__no_block_is_lost(new_network: NewNetwork, new_funded_key: NewKey) -> None:
    network = new_network(period_seconds=0)
    network.start()
    keys = [new_funded_key(network) for _ in range(3)]
    head = network.connect(1).eth.block_number
    for node in network.nodes:
        process = node.process()
        assert process is not None
        send_signal(process, signal.SIGKILL)
        assert wait_for_exit(process, 10)

    network.start()

    web3 = network.connect(1)
    assert web3.eth.block_number == head
    for key in keys:
        assert web3.eth.get_balance(web3.to_checksum_address(key.address)) == 10 * 10**18


def test_start_node__after_stop_node__catches_up_and_seals(new_network: NewNetwork) -> None:
    network = new_network()
    network.start()
    network.stop_node(2)
    left = network.node(1)
    reached = left.read_head().number + 3
    assert wait_until(lambda: left.read_head().number >= reached, time.monotonic() + 60)

    network.start_node(2)

    status = network.status().nodes[1]
    assert (status.peers, status.sealing) == (2, True)
    assert status.head is not None
    assert status.head >= reached


def test_create__two_networks__side_by_side(network: LocalNetwork, new_network: NewNetwork) -> None:
    other = new_network(signers=1, period_seconds=0)
    other.start()

    assert other.chain_id != network.chain_id
    assert other.genesis_hash != network.genesis_hash
    assert {node.port for node in other.status().nodes}.isdisjoint(
        node.port for node in network.status().nodes
    )
    assert [node.peers for node in network.status().nodes] == [2, 2, 2]
    assert [node.peers for node in other.status().nodes] == [0]


def test_create__network_there__refused(network: LocalNetwork) -> None:
    with pytest.raises(NetworkFileError, match="already"):
        LocalNetwork.create(network.folder)


def test_start__deep_folder__sockets_in_a_short_private_one(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["a-folder-of-a-long-name"] * 5)
    network = LocalNetwork.create(deep, signers=1, period_seconds=0)
    try:
        network.start()
        sockets = network.socket_path(1).parent

        assert not sockets.is_relative_to(deep)
        assert sockets.stat().st_mode & 0o777 == 0o700
        # What cleans up temporary files may take the folder away while the network is stopped.
        network.stop()
        sockets.rmdir()
        again = LocalNetwork.open(deep)
        again.start()
        assert again.connect(1).eth.chain_id == network.chain_id
        again.destroy()
        assert not again.socket_path(1).parent.exists()
    finally:
        network.stop()


def test_destroy__running__stops_and_keeps_only_keys(new_network: NewNetwork) -> None:
    network = new_network(signers=1, period_seconds=0)
    network.start()
    process = network.nodes[0].process()
    deployer = network.deployer_key()
    assert process is not None

    network.destroy()

    assert not process.is_alive()
    files = {path.name for path in network.folder.root.rglob("*") if path.is_file()}
    assert files == {"deployer.json", "deployer.password", "network.lock"}
    again = LocalNetwork.create(network.folder, signers=1)
    assert again.chain_id != network.chain_id
    assert again.deployer_key() == deployer


def test_start__genesis_changed__says_so_and_names_reset(new_network: NewNetwork) -> None:
    network = new_network(signers=1, period_seconds=0)
    genesis = json.loads(network.folder.genesis_file.read_text())
    genesis["config"]["clique"]["period"] = 5
    network.folder.genesis_file.write_text(json.dumps(genesis))

    with pytest.raises(GenesisMismatchError, match=r"genesis\.json") as caught:
        network.start()
    assert "chain reset" in caught.value.remedy


def test_start__data_of_another_network__says_so(new_network: NewNetwork) -> None:
    network, other = (new_network(signers=1, period_seconds=0) for _ in range(2))
    other.start()
    other.stop()
    other.node(1).files.data.joinpath("geth").rename(network.node(1).files.data / "geth")

    with pytest.raises(GenesisMismatchError, match="node 1"):
        network.start()


def test_start__hash_recorded_is_another__says_so(new_network: NewNetwork) -> None:
    network = new_network(signers=1, period_seconds=0)
    network.start()
    network.stop()
    text = network.folder.network_file.read_text()
    network.folder.network_file.write_text(text.replace(network.genesis_hash, "0x" + "00" * 32))
    damaged = LocalNetwork.open(network.folder)

    with pytest.raises(GenesisMismatchError, match=network.genesis_hash):
        damaged.start()


def test_start__password_lost__shows_the_log(new_network: NewNetwork) -> None:
    network = new_network(signers=1, period_seconds=0)
    network.node(1).files.password.write_text("another\n")

    with pytest.raises(NodeStartError, match="could not decrypt key"):
        network.start()


def test_start__another_command_at_work__refused(new_network: NewNetwork) -> None:
    network = new_network(signers=1)
    with (
        file_lock(network.folder.run / "network.lock"),
        pytest.raises(NetworkBusyError, match=r"Another command"),
    ):
        network.start()


def test_connect__stopped__unreachable(new_network: NewNetwork) -> None:
    with pytest.raises(ChainUnreachableError):
        new_network(signers=1).connect(1)


@pytest.mark.parametrize("number", [0, 4, -1])
def test_node__unknown_number__refused(network: LocalNetwork, number: int) -> None:
    with pytest.raises(UnknownNodeError):
        network.node(number)


def test_start__several_networks_at_once__each_on_ports_of_its_own(new_network: NewNetwork) -> None:
    networks = [new_network(signers=1, period_seconds=0) for _ in range(3)]
    with ThreadPoolExecutor(len(networks)) as workers:
        list(workers.map(LocalNetwork.start, networks))
    ports = [node.entry.port for network in networks for node in network.nodes]
    assert len(set(ports)) == len(networks)
