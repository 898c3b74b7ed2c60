from __future__ import annotations

from chainfaas.chain.event_decoder import ChainEvent, EventValue
from chainfaas.domain.identifiers import Address, JobId, ProviderId
from chainfaas.domain.times import UnixSeconds
from chainfaas.provider.earnings.chain_payments import payments_of_block

LEDGER = Address(b"\x10" * 20)
PAID_AT = UnixSeconds(1_800_000_000)
OURS, OTHER = ProviderId(7), ProviderId(8)


def event(name: str, tx: int, **args: EventValue) -> ChainEvent:
    return ChainEvent(name, args, "MonitoringLedger", LEDGER, 12, b"\x0b" * 32, bytes((tx,)) * 32, tx, 0)


def paid(tx: int, provider: ProviderId, controller_share: int, sealer_share: int) -> ChainEvent:
    return event("Paid", tx, providerId=provider, controllerShare=controller_share, sealerShare=sealer_share)


def test_payments_of_block__claims_of_two_providers__ours_alone() -> None:
    events = [
        event("JobRecorded", 1, jobId=1, cost=100),
        event("JobSettled", 1, jobId=2, cost=50),
        paid(1, OURS, 1, 2),
        event("JobRecorded", 2, jobId=3, cost=70),
        paid(2, OTHER, 1, 1),
        event("JobUnfunded", 3, jobId=4),
        event("JobRecorded", 3, jobId=5, cost=10),
        paid(3, OURS, 0, 0),
    ]
    found = payments_of_block(events, OURS, PAID_AT)
    assert {job: (payment.cost, payment.commission, payment.paid) for job, payment in found.items()} == {
        JobId(1): (100, 2, 98),
        JobId(2): (50, 1, 49),
        JobId(5): (10, 0, 10),
    }
    assert {payment.tx_hash[0] for payment in found.values()} == {1, 3}
    assert {(payment.block_number, payment.paid_at) for payment in found.values()} == {(12, PAID_AT)}


def test_payments_of_block__claim_worth_nothing_before__not_mixed_up() -> None:
    events = [
        event("JobRecorded", 1, jobId=1, cost=0),
        event("JobRecorded", 2, jobId=2, cost=100),
        paid(2, OURS, 1, 1),
    ]
    assert list(payments_of_block(events, OURS, PAID_AT)) == [JobId(2)]
