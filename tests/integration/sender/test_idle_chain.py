"""A chain that seals on demand has an old newest block: what holds then is judged at the present time."""

from __future__ import annotations

import pytest

from chainfaas.chain.bindings.monetary_ledger import Funding
from chainfaas.chain.errors import CallRevertedError
from chainfaas.chain.outbox_entry import NewEntry
from chainfaas.chain.transaction_node import IDLE_GAS, IDLE_HEAD_SECONDS, Web3TransactionNode
from chainfaas.domain.amounts import base_fee, job_cap, price, token_amount
from chainfaas.domain.identifiers import Address, ControllerId, provider_id
from chainfaas.domain.prices import Offer
from chainfaas.domain.times import unix_seconds
from tests.integration.deployed_network import DeployedNetwork, address_of

LONG_SECONDS = 30


def node_at(deployed: DeployedNetwork, seconds_after_head: int) -> Web3TransactionNode:
    connection = deployed.network.connect(1)
    head = Web3TransactionNode(connection).head()
    return Web3TransactionNode(connection, clock=lambda: head.timestamp + seconds_after_head)


@pytest.fixture
def new_offer(deployed_on_demand: DeployedNetwork) -> NewEntry:
    owner = deployed_on_demand.new_actor()
    address = address_of(owner)
    providers = deployed_on_demand.contracts.providers
    deployed_on_demand.send(owner, providers.register(address, address, Offer(base_fee(1), price(1)), "{}"))
    number = provider_id(providers.provider_count())
    return providers.set_offer(number, Offer(base_fee(2), price(2))).entry("offer", address)


def test_estimate_gas__allowed_since_the_newest_block__allowed(
    deployed_on_demand: DeployedNetwork, new_offer: NewEntry
) -> None:
    with pytest.raises(CallRevertedError):
        node_at(deployed_on_demand, IDLE_HEAD_SECONDS).estimate_gas(new_offer)
    assert node_at(deployed_on_demand, LONG_SECONDS).estimate_gas(new_offer) == IDLE_GAS


def test_estimate_gas__forbidden_since_the_newest_block__refused(
    deployed_on_demand: DeployedNetwork,
) -> None:
    developer = address_of(deployed_on_demand.key("developer-1"))
    soon = Web3TransactionNode(deployed_on_demand.network.connect(1)).head().timestamp + LONG_SECONDS - 1
    funding = Funding(ControllerId(1), token_amount(0), job_cap(2**32 - 1), unix_seconds(soon))
    call = deployed_on_demand.contracts.money.fund(funding).entry("fund", Address(developer.raw))
    assert node_at(deployed_on_demand, 0).estimate_gas(call) > 0
    with pytest.raises(CallRevertedError):
        node_at(deployed_on_demand, LONG_SECONDS).estimate_gas(call)
