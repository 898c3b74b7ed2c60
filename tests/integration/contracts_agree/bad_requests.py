"""Requests that a contract refuses, one row a case, with the error and its values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from chainfaas.chain.bindings.contract_call import ContractCall
from chainfaas.chain.bindings.function_registry import NewVersion
from chainfaas.chain.bindings.monetary_ledger import Funding
from chainfaas.chain.bindings.monitoring_ledger import SkipReason
from chainfaas.chain.keystore import UnlockedKey
from chainfaas.domain.amounts import TOKEN, JobCap, MaxCost, TokenAmount
from chainfaas.domain.batches import Batch
from chainfaas.domain.encodings import Bytes32
from chainfaas.domain.identifiers import Address, ControllerId, FunctionId, VersionId
from chainfaas.domain.masks import Mask
from chainfaas.domain.orders import Order
from chainfaas.domain.prices import Terms, job_cost
from chainfaas.domain.signatures import Signature, SigningKey
from chainfaas.domain.times import UnixSeconds
from tests.integration.contracts_agree.market import CID, DEPOSIT, FUNDED, JOB_CAP, MANIFEST, TERMS, Market
from tests.integration.deployed_network import address_of

NOTHING = TokenAmount(0)
OTHER_CID = ControllerId(2)
UNKNOWN = 2**32 - 1
FAR = UnixSeconds(2**32 - 1)

Fields = tuple[object, ...]


@dataclass(frozen=True)
class Shared:
    """A market that no row changes: a batch is open, one is too late for anything, a function is retired."""

    market: Market
    opened: Batch
    late: Batch
    retired: FunctionId


@dataclass(frozen=True)
class Row:
    """A request that a contract refuses, with the error that it gives and the error's values."""

    case: str
    sender: Callable[[Market], UnlockedKey]
    call: Callable[[Shared], ContractCall]
    error: str
    fields: Callable[[Shared], Fields]


def settle(shared: Shared, batch: Batch, signature: Signature | None = None) -> ContractCall:
    market, part = shared.market, shared.market.part(batch)
    return market.contracts.jobs.settle([part], signature or market.signature(part), NOTHING)


def with_other_orders(batch: Batch) -> Batch:
    return replace(batch, orders=(Order(batch.orders[0].version, Bytes32(b"\x09" * 32)), *batch.orders[1:]))


def unknown_version(market: Market) -> Batch:
    return replace(market.batch(), orders=(Order(VersionId(UNKNOWN), Bytes32(b"\x09" * 32)),))


def open_signed(shared: Shared, batch: Batch) -> ContractCall:
    return shared.market.contracts.jobs.open_signed(batch, shared.market.assignment_signatures(batch))


def gross_of(shared: Shared) -> int:
    part = shared.market.part(shared.opened)
    return sum(job_cost(TERMS, part.batch.offer, each.status, each.billed_ms) for each in part.records)


def developer(market: Market) -> UnlockedKey:
    return market.developer


def operator(market: Market) -> UnlockedKey:
    return market.operator


def owner(market: Market) -> UnlockedKey:
    return market.owner


def none(shared: Shared) -> Fields:
    return ()


def text(address: Address) -> str:
    return str(address).lower()


def without_escrow(shared: Shared) -> ContractCall:
    batch = shared.market.batch(cid=OTHER_CID)
    key = shared.market.controller_of(OTHER_CID)
    return settle(shared, batch, shared.market.signature(shared.market.part(batch), key=key))


ROWS = [
    Row("empty escrow", operator, without_escrow, "MonitoringLedger_NothingToSettle", none),
    Row(
        "unknown version",
        operator,
        lambda at: settle(at, unknown_version(at.market)),
        "MonitoringLedger_NothingToSettle",
        none,
    ),
    Row(
        "unknown function",
        developer,
        lambda at: at.market.contracts.functions.retire(FunctionId(UNKNOWN)),
        "FunctionRegistry_NotOwner",
        lambda at: (UNKNOWN, text(address_of(at.market.developer))),
    ),
    Row(
        "retired function",
        developer,
        lambda at: at.market.contracts.functions.publish(at.retired, NewVersion(TERMS, MANIFEST), live=True),
        "FunctionRegistry_Retired",
        lambda at: (at.retired,),
    ),
    Row(
        "version that needs more memory than there is",
        developer,
        lambda at: at.market.contracts.functions.publish(
            at.market.function, NewVersion(Terms(MaxCost(1), 4_097, 1_000), MANIFEST), live=True
        ),
        "FunctionRegistry_OutOfBounds",
        lambda at: (b"memoryMiB".ljust(32, b"\0"), 4_097, 32, 4_096),
    ),
    Row(
        "empty balance",
        owner,
        lambda at: at.market.contracts.money.fund(Funding(CID, TOKEN, JOB_CAP, FAR)),
        "MonetaryLedger_BalanceTooSmall",
        lambda at: (text(address_of(at.market.owner)), 0, TOKEN),
    ),
    Row(
        "more than the balance",
        developer,
        lambda at: at.market.contracts.money.withdraw(address_of(at.market.owner), TokenAmount(DEPOSIT)),
        "MonetaryLedger_BalanceTooSmall",
        lambda at: (text(address_of(at.market.developer)), DEPOSIT - FUNDED, DEPOSIT),
    ),
    Row(
        "withdrawn to the ledger",
        developer,
        lambda at: at.market.contracts.money.withdraw(at.market.contracts.money.address, TOKEN),
        "MonetaryLedger_BadReceiver",
        lambda at: (text(at.market.contracts.money.address),),
    ),
    Row(
        "escrow that ended before it began",
        developer,
        lambda at: at.market.contracts.money.fund(Funding(CID, TOKEN, JOB_CAP, UnixSeconds(1))),
        "MonetaryLedger_ExpiryPassed",
        lambda at: (1,),
    ),
    Row(
        "escrow with a lower cap",
        developer,
        lambda at: at.market.contracts.money.fund(Funding(CID, TOKEN, JobCap(1), FAR)),
        "MonetaryLedger_LimitLowered",
        lambda at: (
            JOB_CAP,
            at.market.contracts.money.escrow_of(address_of(at.market.developer), CID).expiry,
        ),
    ),
    Row(
        "escrow for nobody",
        developer,
        lambda at: at.market.contracts.money.fund(Funding(ControllerId(99), TOKEN, JOB_CAP, FAR)),
        "MonetaryLedger_NoController",
        lambda at: (99,),
    ),
    Row(
        "deposit without approval",
        owner,
        lambda at: at.market.contracts.money.deposit(TOKEN),
        "ERC20InsufficientAllowance",
        lambda at: (text(at.market.contracts.money.address), 0, TOKEN),
    ),
    Row(
        "orders that do not hash: declined",
        operator,
        lambda at: at.market.contracts.jobs.decline(with_other_orders(at.opened), Mask(1), 0),
        "MonitoringLedger_Refused",
        lambda at: (at.opened.batch_id, SkipReason.HASH_MISMATCH),
    ),
    Row(
        "orders that do not hash: settled",
        operator,
        lambda at: settle(at, with_other_orders(at.opened)),
        "MonitoringLedger_NothingToSettle",
        none,
    ),
    Row(
        "orders that the controller did not sign",
        operator,
        lambda at: settle(at, with_other_orders(at.opened), at.market.signature(at.market.part(at.opened))),
        "MonitoringLedger_BadSignature",
        lambda at: (CID,),
    ),
    Row(
        "signature of another",
        operator,
        lambda at: settle(
            at,
            at.opened,
            at.market.signature(at.market.part(at.opened), key=SigningKey(at.market.operator.private_key)),
        ),
        "MonitoringLedger_BadSignature",
        lambda at: (CID,),
    ),
    Row(
        "signature on another chain",
        operator,
        lambda at: settle(at, at.opened, at.market.signature(at.market.part(at.opened), chain_offset=1)),
        "MonitoringLedger_BadSignature",
        lambda at: (CID,),
    ),
    Row(
        "settled by a stranger",
        developer,
        lambda at: settle(at, at.opened),
        "MonitoringLedger_NotProvider",
        lambda at: (at.market.provider, text(address_of(at.market.developer))),
    ),
    Row(
        "settled for more than it is worth",
        operator,
        lambda at: at.market.contracts.jobs.settle(
            [at.market.part(at.opened)], at.market.signature(at.market.part(at.opened)), TOKEN
        ),
        "MonitoringLedger_GrossTooSmall",
        lambda at: (gross_of(at), TOKEN),
    ),
    Row(
        "deadline passed",
        operator,
        lambda at: open_signed(at, at.late),
        "MonitoringLedger_Refused",
        lambda at: (at.late.batch_id, SkipReason.DEADLINE_PASSED),
    ),
    Row(
        "claim window passed",
        operator,
        lambda at: settle(at, at.late),
        "MonitoringLedger_NothingToSettle",
        none,
    ),
    Row(
        "used number",
        operator,
        lambda at: open_signed(at, at.opened),
        "MonitoringLedger_Refused",
        lambda at: (at.opened.batch_id, SkipReason.NUMBER_USED),
    ),
    Row(
        "expired too early",
        developer,
        lambda at: at.market.contracts.jobs.expire(at.opened, Mask(1)),
        "MonitoringLedger_NotExpired",
        lambda at: (at.opened.batch_id, at.opened.deadline + 20),
    ),
    Row(
        "opened by another than the controller",
        operator,
        lambda at: at.market.contracts.jobs.open([at.market.batch()]),
        "MonitoringLedger_NotController",
        lambda at: (CID, text(address_of(at.market.operator))),
    ),
]
