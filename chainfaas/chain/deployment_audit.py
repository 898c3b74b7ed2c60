"""Whether the deployed contracts say of themselves what was planned."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from chainfaas.chain.bindings.peer_registry import ControllerKey
from chainfaas.chain.errors import StaleDeploymentsError
from chainfaas.domain.identifiers import ControllerId

if TYPE_CHECKING:
    from chainfaas.chain.bindings.contract_set import ContractSet
    from chainfaas.chain.deployment_plan import DeploymentPlan

_Finding = tuple[str, object, object]
"""What was looked at, what it is, and what was planned."""


def check_deployed(contracts: ContractSet, plan: DeploymentPlan) -> None:
    """Read every value that a constructor was given, and compare.

    Args:
        contracts: The contracts, just deployed: later a controller may retire, and a payout change.
        plan: What was planned.

    Raises:
        StaleDeploymentsError: A value differs; it says which.
        ChainUnreachableError: The node does not answer.
    """
    for look in (_token, _peers, _controllers, _registries, _ledger):
        for what, found, planned in look(contracts, plan):
            if found != planned:
                raise StaleDeploymentsError(f"The {what} is {found}, not {planned} as planned.")


def _token(contracts: ContractSet, plan: DeploymentPlan) -> Iterator[_Finding]:
    yield "token supply", contracts.token.total_supply(), plan.token_supply
    yield "token's chain", contracts.token.eip712_domain().contract, contracts.token.address


def _peers(contracts: ContractSet, plan: DeploymentPlan) -> Iterator[_Finding]:
    yield "number of peers", contracts.peers.peer_count(), len(plan.peers)
    yield "list of payouts", contracts.peers.payouts(), tuple(peer.payout for peer in plan.peers)
    for peer in plan.peers:
        yield f"payout of {peer.name}", contracts.peers.payout_of(peer.validator), peer.payout


def _controllers(contracts: ContractSet, plan: DeploymentPlan) -> Iterator[_Finding]:
    yield "number of controllers", contracts.peers.controller_count(), len(plan.controllers)
    for number, controller in enumerate(plan.controllers, start=1):
        parties = contracts.peers.settlement_parties(ControllerId(number), controller.peer)
        key = None if parties is None else parties.controller
        payee = None if parties is None else parties.controller_payee
        yield f"key of controller {number}", key, ControllerKey(controller.key, None)
        yield f"payout of controller {number}", payee, controller.payout


def _registries(contracts: ContractSet, plan: DeploymentPlan) -> Iterator[_Finding]:
    windows = plan.windows
    yield "token of stakes", contracts.providers.token(), contracts.token.address
    yield "grace of offers", contracts.providers.grace(), windows.grace_seconds
    yield "unbonding time", contracts.providers.unbonding_time(), windows.change_delay_seconds


def _ledger(contracts: ContractSet, plan: DeploymentPlan) -> Iterator[_Finding]:
    windows = plan.windows
    yield "ledger's token", contracts.money.token(), contracts.token.address
    yield "ledger's peers", contracts.money.peers(), contracts.peers.address
    yield "ledger's providers", contracts.jobs.providers(), contracts.providers.address
    yield "ledger's functions", contracts.jobs.functions(), contracts.functions.address
    yield "job life", contracts.jobs.job_life(), windows.job_life_seconds
    yield "grace", contracts.money.grace(), windows.grace_seconds
    yield "claim window", contracts.jobs.claim_window(), windows.claim_seconds
    yield "commission", contracts.money.commission(), windows.commission_bps
