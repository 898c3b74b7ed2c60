"""Real networks for the integration tests: shared ones, and a factory for tests that break theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from chainfaas.chain.keystore import UnlockedKey
from chainfaas.chain.node.local_network import LocalNetwork
from tests.integration.deployed_network import DeployedNetwork

NewNetwork = Callable[..., LocalNetwork]
NewKey = Callable[[LocalNetwork], UnlockedKey]


@pytest.fixture(scope="session")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalNetwork]:
    """Three signers with a block a second; shared, so leave them running and joined.

    Nodes are numbered from 1: `network.connect(1)` is a web3 on node 1's socket.
    """
    yield from _running(LocalNetwork.create(tmp_path_factory.mktemp("n"), signers=3, period_seconds=1))


@pytest.fixture(scope="session")
def network_on_demand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalNetwork]:
    """Three signers that seal whenever there is a transaction; shared like `network`."""
    yield from _running(LocalNetwork.create(tmp_path_factory.mktemp("d"), signers=3, period_seconds=0))


@pytest.fixture(scope="session")
def deployed(network: LocalNetwork) -> DeployedNetwork:
    """The contracts on `network`, and actors with coin and tokens; shared like it."""
    return DeployedNetwork.on(network)


@pytest.fixture(scope="session")
def deployed_on_demand(network_on_demand: LocalNetwork) -> DeployedNetwork:
    """The same on `network_on_demand`, where nobody waits for a slot."""
    return DeployedNetwork.on(network_on_demand)


@pytest.fixture
def new_network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NewNetwork]:
    """Make networks of a test's own, founded but not started, stopped at its end.

    Call it as `new_network(signers=3, period_seconds=0)`; both may be left out.
    """
    with ExitStack() as stack:

        def make(signers: int = 3, period_seconds: int = 1) -> LocalNetwork:
            made = LocalNetwork.create(tmp_path_factory.mktemp("n"), signers, period_seconds)
            stack.callback(made.stop)
            return made

        yield make


@pytest.fixture
def new_funded_key() -> NewKey:
    """Make a fresh key that holds ten coins on a running network, paid by node 1's signer."""
    return _fund_new_key


def _fund_new_key(network: LocalNetwork) -> UnlockedKey:
    key = UnlockedKey.generate()
    web3 = network.connect(1)
    # The node keeps its signer's nonces, so tests that run at once do not get in each other's way.
    transaction = web3.eth.send_transaction(
        {
            "from": web3.to_checksum_address(network.signers[0]),
            "to": web3.to_checksum_address(key.address),
            "value": web3.to_wei(10, "ether"),
            "maxFeePerGas": web3.to_wei(1, "gwei"),
            "maxPriorityFeePerGas": web3.to_wei(1, "gwei"),
        }
    )
    web3.eth.wait_for_transaction_receipt(transaction, timeout=60, poll_latency=0.05)
    return key


def _running(network: LocalNetwork) -> Iterator[LocalNetwork]:
    try:
        network.start()
        yield network
    finally:
        network.stop()
