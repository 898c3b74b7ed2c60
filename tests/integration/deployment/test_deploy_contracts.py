from __future__ import annotations

import multiprocessing
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from chainfaas.chain.artefacts import load_artefact
from chainfaas.chain.bindings.contract_set import bind_contracts
from chainfaas.chain.connection import connect
from chainfaas.chain.deployment_audit import check_deployed
from chainfaas.chain.deployment_check import check_deployments, read_code
from chainfaas.chain.deployment_plan import DeploymentPlan, PlannedController, PlannedPeer, created_address
from chainfaas.chain.deployments import CONTRACT_NAMES, LEDGER, PEERS
from chainfaas.chain.errors import (
    DeploymentConflictError,
    StaleDeploymentsError,
    TransactionRefusedError,
    WrongChainError,
)
from chainfaas.chain.keystore import create_keystore
from chainfaas.chain.transaction_sender.points import SenderPoint
from chainfaas.domain.amounts import TokenAmount
from chainfaas.domain.identifiers import Address
from chainfaas.domain.windows import DEV_WINDOWS
from tests.integration.deployed_network import DeployedNetwork, address_of
from tests.integration.deployment.dying_deployment import Order, deploy

FORKSERVER = multiprocessing.get_context("forkserver")
FORKSERVER.set_forkserver_preload(["chainfaas.chain.deployment"])

GIFT_WEI = 5
VALIDATOR, PAYOUT, KEY = (Address(bytes((number,)) * 20) for number in (1, 2, 3))
PLACES_TO_DIE = [
    SenderPoint.BEFORE_STORE_SIGNED,
    SenderPoint.AFTER_STORE_SIGNED,
    SenderPoint.AFTER_SEND,
    SenderPoint.AFTER_MARK_SENT,
    SenderPoint.AFTER_MARK_INCLUDED,
    SenderPoint.BEFORE_RELEASE_LEASE,
    f"Sending {PEERS}",
    f"Sending {LEDGER}",
    "Waiting until the contracts are there to stay",
]


@pytest.fixture
def order(deployed_on_demand: DeployedNetwork, tmp_path: Path) -> Order:
    """A deployment by a key of its own, beside the one that the session shares."""
    key = create_keystore(tmp_path / "key.json", tmp_path / "key.password")
    deployed_on_demand.give_coin([key])
    network = deployed_on_demand.network
    holder = address_of(key)
    plan = DeploymentPlan(
        token_holder=holder,
        peers=(PlannedPeer(VALIDATOR, PAYOUT, "peer"),),
        controllers=(PlannedController(VALIDATOR, KEY, PAYOUT),),
        windows=DEV_WINDOWS,
        is_dev=True,
        coin=((Address(holder.raw[::-1]), GIFT_WEI),),
    )
    return Order(tmp_path, network.socket_path(1), network.chain_id, plan)


@pytest.mark.parametrize("place", PLACES_TO_DIE, ids=str)
def test_deploy_contracts__killed_on_the_way__goes_on_and_deploys_nothing_twice(
    deployed_on_demand: DeployedNetwork, order: Order, place: SenderPoint | str
) -> None:
    process = FORKSERVER.Process(target=deploy, args=(replace(order, dies_at=place),))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL

    deployments = deploy(order)
    web3, deployer = deployed_on_demand.web3, order.plan.token_holder
    check_deployments(web3, deployments)
    check_deployed(bind_contracts(web3, deployments), order.plan)
    expected = {name: created_address(deployer, nonce) for nonce, name in enumerate(CONTRACT_NAMES)}
    assert {name: deployments.address(name) for name in CONTRACT_NAMES} == expected
    [(receiver, _)] = order.plan.coin
    checksummed = web3.to_checksum_address
    assert web3.eth.get_transaction_count(checksummed(str(deployer))) == len(CONTRACT_NAMES) + 1
    assert web3.eth.get_balance(checksummed(str(receiver))) == GIFT_WEI
    assert deploy(order) == deployments


def test_deploy_contracts__begun_with_another_plan__refused(order: Order) -> None:
    deploy(order)
    other = replace(order, plan=replace(order.plan, token_supply=TokenAmount(1)))
    with pytest.raises(DeploymentConflictError, match="other settings"):
        deploy(other)


def test_deploy_contracts__plan_that_a_constructor_refuses__says_which_and_why(order: Order) -> None:
    plan = replace(order.plan, peers=(), controllers=())
    with pytest.raises(TransactionRefusedError, match="PeerRegistry_NoPeers"):
        deploy(replace(order, plan=plan))


def test_deploy_contracts__key_of_another_chain__refused(order: Order) -> None:
    with pytest.raises(WrongChainError):
        deploy(replace(order, chain_id=order.chain_id + 1))


def test_check_deployed__another_plan__says_what_differs(order: Order) -> None:
    deployments = deploy(order)
    contracts = bind_contracts(connect(order.socket), deployments)
    for other, words in (
        (replace(order.plan, token_supply=TokenAmount(1)), "token supply"),
        (replace(order.plan, peers=(PlannedPeer(VALIDATOR, KEY, "peer"),)), "payouts"),
        (replace(order.plan, controllers=()), "number of controllers"),
        (
            replace(order.plan, controllers=(PlannedController(VALIDATOR, PAYOUT, PAYOUT),)),
            "key of controller 1",
        ),
        (replace(order.plan, windows=replace(DEV_WINDOWS, claim_seconds=21)), "claim window"),
        (replace(order.plan, windows=replace(DEV_WINDOWS, commission_bps=0)), "commission"),
    ):
        with pytest.raises(StaleDeploymentsError, match=words):
            check_deployed(contracts, other)


def test_artefact__code_on_the_real_chain__immutables_alone_differ(deployed: DeployedNetwork) -> None:
    for name, contract in deployed.deployments.contracts.items():
        code, artefact = read_code(deployed.web3, contract.address), load_artefact(name)
        assert artefact.is_code_of(code)
        assert (code == artefact.deployed_bytecode) is (name == PEERS)
