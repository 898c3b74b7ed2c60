from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainfaas.domain.amounts import TokenAmount
from chainfaas.domain.batches import Part
from chainfaas.domain.encodings import ZERO_BYTES32, Bytes32
from chainfaas.domain.errors import NotFoundError
from chainfaas.domain.identifiers import ControllerId, JobId, ProviderId, compose_batch_id
from chainfaas.domain.masks import mask_of_indices
from chainfaas.domain.outcomes import Status
from chainfaas.domain.prices import job_cost
from chainfaas.domain.records import Record
from chainfaas.domain.run_metrics import RunMetrics
from chainfaas.domain.signatures import SigningKey
from chainfaas.domain.times import UnixSeconds
from chainfaas.domain.typed_data import hash_settlement
from chainfaas.domain.wire.settlements import SignedSettlement
from chainfaas.provider.claims.check_settlement import Books, ClaimParties, check_settlement
from chainfaas.provider.claims.errors import SettlementMismatchError
from chainfaas.provider.journal.job_record import JobRecord
from chainfaas.provider.journal.job_state import JobState
from chainfaas.provider.receipts.receipt_maker import ReceiptMaker, RunOutcome
from tests.unit.provider.provider_samples import (
    CONTROLLER,
    CONTROLLER_KEY,
    DOMAIN,
    NOW_MS,
    OFFER,
    OPERATOR_KEY,
    PROVIDER,
    STRANGER_KEY,
    TERMS,
    VERSION,
    sample_batch,
)

SAMPLE = sample_batch((b"one", b"two", b"three"))
PARTIES = ClaimParties(DOMAIN, PROVIDER, CONTROLLER, CONTROLLER_KEY.address)
MAKER = ReceiptMaker(OPERATOR_KEY, DOMAIN)


def own_record(index: int, status: Status = Status.SUCCEEDED, run_ms: int = 12) -> JobRecord:
    job = SAMPLE.jobs[index]
    ended = MAKER.ended(job, RunOutcome(status, metrics=RunMetrics(0, 0, 0, run_ms * 1_000, 0, 0)), NOW_MS)
    return JobRecord(
        job_id=job.assignment.job_id,
        controller_id=CONTROLLER,
        state=JobState.COUNTERSIGNED if status.is_paid else JobState.FREE,
        assigned=job,
        reserved=TokenAmount(0),
        accepted_ms=NOW_MS,
        ended_ms=NOW_MS,
        report=ended.report,
        status=status,
        receipt_hash=ended.receipt_hash,
        countersignature=CONTROLLER_KEY.sign(DOMAIN.digest(ended.receipt_hash)),
        billed_ms=max(1, run_ms),
        cost=TokenAmount(0),
        entry_id=None,
        payment=None,
        reason="",
    )


def chain_record(own: JobRecord) -> Record:
    assert own.status is not None
    assert own.billed_ms is not None
    assert own.receipt_hash is not None
    return Record(own.status, own.billed_ms, own.receipt_hash)


def signed(*parts: Part, key: SigningKey = CONTROLLER_KEY) -> SignedSettlement:
    return SignedSettlement(parts, key.sign(DOMAIN.digest(hash_settlement(parts))))


def books(*records: JobRecord) -> Books:
    known = {record.job_id: record for record in records}

    def look(job: JobId) -> JobRecord:
        if job not in known:
            raise NotFoundError
        return known[job]

    return Books(look, lambda version: TERMS if version == VERSION else None)


OWN = [own_record(index) for index in range(3)]
WHOLE = Part(SAMPLE.batch, mask_of_indices(range(3)), tuple(chain_record(own) for own in OWN))


@given(
    chosen=st.sets(st.integers(0, 2), min_size=1),
    ends=st.lists(st.tuples(st.sampled_from(Status), st.integers(0, 10_000)), min_size=3, max_size=3),
)
def test_check_settlement__own_receipts__claim_of_their_worth(
    chosen: set[int], ends: list[tuple[Status, int]]
) -> None:
    own = [own_record(index, status, run_ms) for index, (status, run_ms) in enumerate(ends)]
    records = tuple(chain_record(own[index]) for index in sorted(chosen))
    claim = check_settlement(
        signed(Part(SAMPLE.batch, mask_of_indices(chosen), records)), PARTIES, books(*own)
    )
    assert claim.jobs == tuple(own[index].job_id for index in sorted(chosen))
    assert claim.gross == sum(job_cost(TERMS, OFFER, record.status, record.billed_ms) for record in records)


@pytest.mark.parametrize(
    ("index", "changes"),
    [
        (0, {"billed_ms": 11}),
        (1, {"billed_ms": 13}),
        (2, {"status": Status.TIMED_OUT}),
        (0, {"status": Status.PROVIDER_LOST}),
        (1, {"receipt_hash": Bytes32(b"\x01" * 32)}),
    ],
)
def test_check_settlement__record_that_says_something_else__refused(
    index: int, changes: dict[str, object]
) -> None:
    records = list(WHOLE.records)
    records[index] = replace(records[index], **changes)  # type: ignore[arg-type]
    with pytest.raises(SettlementMismatchError, match=str(OWN[index].job_id)):
        check_settlement(signed(replace(WHOLE, records=tuple(records))), PARTIES, books(*OWN))


def test_check_settlement__signature_of_another__refused() -> None:
    with pytest.raises(SettlementMismatchError, match="not signed"):
        check_settlement(signed(WHOLE, key=STRANGER_KEY), PARTIES, books(*OWN))


@pytest.mark.parametrize(
    "parties", [replace(PARTIES, provider_id=ProviderId(8)), replace(PARTIES, controller_id=ControllerId(2))]
)
def test_check_settlement__batch_of_other_parties__refused(parties: ClaimParties) -> None:
    with pytest.raises(SettlementMismatchError, match="other parties"):
        check_settlement(signed(WHOLE), parties, books(*OWN))


@pytest.mark.parametrize(
    "changes",
    [{"provider_id": ProviderId(8)}, {"batch_id": compose_batch_id(ControllerId(2), 6)}],
    ids=["provider", "controller"],
)
def test_check_settlement__second_part_of_other_parties__refused(changes: dict[str, object]) -> None:
    # Nobody here ran its jobs and none of them is paid, so that nothing but its parties speaks against it.
    lost = (Record(Status.PROVIDER_LOST, 1, ZERO_BYTES32),) * 3
    other = replace(sample_batch((b"one", b"two", b"three"), 6).batch, **changes)  # type: ignore[arg-type]
    with pytest.raises(SettlementMismatchError, match=f"batch {other.batch_id} is of other parties"):
        check_settlement(signed(WHOLE, replace(WHOLE, batch=other, records=lost)), PARTIES, books(*OWN))


def test_check_settlement__batch_with_another_assignment__refused() -> None:
    cheaper = replace(WHOLE, batch=replace(SAMPLE.batch, deadline=UnixSeconds(SAMPLE.batch.deadline + 1)))
    with pytest.raises(SettlementMismatchError, match="another assignment"):
        check_settlement(signed(cheaper), PARTIES, books(*OWN))


def test_check_settlement__job_that_never_came__taken_if_it_costs_nothing() -> None:
    lost = Record(Status.PROVIDER_LOST, 1, ZERO_BYTES32)
    part = replace(WHOLE, records=(*WHOLE.records[:2], lost))
    assert len(check_settlement(signed(part), PARTIES, books(*OWN[:2])).jobs) == 3
    with pytest.raises(SettlementMismatchError, match="never run"):
        check_settlement(signed(WHOLE), PARTIES, books(*OWN[:2]))


def test_check_settlement__report_that_was_not_taken__taken_if_it_costs_nothing() -> None:
    refused = replace(OWN[2], countersignature=None, billed_ms=None, state=JobState.REFUSED)
    lost = Record(Status.PROVIDER_LOST, 1, ZERO_BYTES32)
    part = replace(WHOLE, records=(*WHOLE.records[:2], lost))
    check_settlement(signed(part), PARTIES, books(*OWN[:2], refused))
    with pytest.raises(SettlementMismatchError, match="not taken"):
        check_settlement(signed(WHOLE), PARTIES, books(*OWN[:2], refused))


def test_check_settlement__version_that_the_own_node_does_not_know__refused() -> None:
    with pytest.raises(SettlementMismatchError, match="no version"):
        check_settlement(signed(WHOLE), PARTIES, replace(books(*OWN), terms=lambda _: None))
