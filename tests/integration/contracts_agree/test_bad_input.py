"""What bad input gets: a typed error with its values, and nothing has changed; one row a case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from chainfaas.chain.bindings.refusals import REMEDIES, ContractRefusedError
from chainfaas.chain.bindings.simulation import simulate_call
from chainfaas.chain.bindings.token import ChainFaaSToken
from chainfaas.chain.connection import connect
from chainfaas.chain.deployment_check import check_deployments
from chainfaas.chain.errors import ChainUnreachableError, StaleDeploymentsError, WrongChainError
from chainfaas.domain.encodings import Bytes32
from chainfaas.domain.errors import (
    ChainFaaSError,
    InvalidInputError,
    SignatureLengthError,
    SignatureMalleableError,
)
from chainfaas.domain.identifiers import Address, FunctionId
from chainfaas.domain.signatures import CURVE_ORDER, Signature
from tests.integration.contracts_agree.bad_requests import ROWS, Row, Shared, settle, unknown_version
from tests.integration.contracts_agree.market import CID, Market
from tests.integration.deployed_network import DeployedNetwork, address_of


@pytest.fixture(scope="module")
def shared(deployed_on_demand: DeployedNetwork) -> Shared:
    market = Market.made(deployed_on_demand)
    contracts, retired = market.contracts, FunctionId(market.contracts.functions.function_count() + 1)
    deployed_on_demand.send(market.developer, contracts.functions.create())
    deployed_on_demand.send(market.developer, contracts.functions.retire(retired))
    opened = market.batch(jobs=2)
    deployed_on_demand.send(deployed_on_demand.controller(CID), contracts.jobs.open([opened]))
    return Shared(market, opened, market.batch(seconds_ahead=-21), retired)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.case)
def test_call__contract_refuses__typed_and_nothing_has_changed(shared: Shared, row: Row) -> None:
    market = shared.market
    before = market.state()
    with pytest.raises(ContractRefusedError) as refused:
        simulate_call(market.deployed.web3, row.call(shared), address_of(row.sender(market)))
    assert (refused.value.reason.name, refused.value.reason.args) == (row.error, row.fields(shared))
    assert refused.value.remedy == REMEDIES[row.error]
    assert market.state() == before


def test_open__version_that_nobody_published__skips_the_job_and_reserves_nothing(shared: Shared) -> None:
    market = shared.market
    batch = unknown_version(market)
    escrow = market.contracts.money.escrow_of(address_of(market.developer), CID)
    controller = market.deployed.controller(CID)
    events = market.deployed.events(market.deployed.send(controller, market.contracts.jobs.open([batch])))
    [unfunded] = [event for event in events if event.name == "JobUnfunded"]
    assert (unfunded.args["jobId"], unfunded.args["needed"]) == (batch.job_id(0), 0)
    assert market.contracts.money.escrow_of(address_of(market.developer), CID) == escrow


def high_s(signature: Signature) -> bytes:
    other = CURVE_ORDER - signature.s
    return signature.raw[:32] + other.to_bytes(32, "big") + bytes((55 - signature.v,))


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (high_s, SignatureMalleableError),
        (lambda signature: signature.raw[:64], SignatureLengthError),
        (lambda signature: signature.raw + b"\0", SignatureLengthError),
    ],
)
def test_signature__of_another_form__refused_before_anything_is_sent(
    shared: Shared, raw: Callable[[Signature], bytes], error: type[InvalidInputError]
) -> None:
    signature = shared.market.signature(shared.market.part(shared.opened))
    with pytest.raises(error):
        settle(shared, shared.opened, Signature(raw(signature)))


def wrong_chain(at: Shared, folder: Path) -> object:
    network = at.market.deployed.network
    return connect(network.socket_path(1), expected_chain_id=network.chain_id + 1)


def stale_file(at: Shared, folder: Path) -> object:
    deployed = at.market.deployed
    stale = replace(deployed.deployments, genesis_hash=Bytes32(b"\x01" * 32))
    check_deployments(deployed.web3, stale)
    return None


def no_contract_there(at: Shared, folder: Path) -> object:
    return ChainFaaSToken(at.market.deployed.web3, Address(b"\x77" * 20)).total_supply()


def another_contract_there(at: Shared, folder: Path) -> object:
    return ChainFaaSToken(at.market.deployed.web3, at.market.contracts.peers.address).total_supply()


def no_node(at: Shared, folder: Path) -> object:
    return connect(folder / "none.ipc")


@pytest.mark.parametrize(
    ("request_of", "error", "words"),
    [
        (wrong_chain, WrongChainError, "was expected"),
        (stale_file, StaleDeploymentsError, "another block 0"),
        (no_contract_there, StaleDeploymentsError, "no ChainFaaSToken"),
        (another_contract_there, StaleDeploymentsError, "another release"),
        (no_node, ChainUnreachableError, "No node answers"),
    ],
)
def test_connection__of_another_network_or_none__typed(
    shared: Shared,
    tmp_path: Path,
    request_of: Callable[[Shared, Path], object],
    error: type[ChainFaaSError],
    words: str,
) -> None:
    before = shared.market.state()
    with pytest.raises(error, match=words) as refused:
        request_of(shared, tmp_path)
    assert refused.value.remedy
    assert shared.market.state() == before
