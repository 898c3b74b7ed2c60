from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine

from chainfaas.chain.outbox_entry import NewEntry
from chainfaas.chain.sql_outbox import SqlOutbox
from chainfaas.domain.amounts import TokenAmount
from chainfaas.domain.errors import NotFoundError
from chainfaas.domain.identifiers import ControllerId, JobId
from chainfaas.domain.outcomes import Status
from chainfaas.domain.records import Record
from chainfaas.provider.journal.errors import JobKnownError, JobMovedError
from chainfaas.provider.journal.job_journal import JobJournal
from chainfaas.provider.journal.job_record import EndedJob, Payment
from chainfaas.provider.journal.job_state import JobState
from chainfaas.provider.journal.job_sums import JobSums
from chainfaas.provider.journal.tables import OUTBOX
from chainfaas.provider.receipts.receipt_maker import ReceiptMaker, RunOutcome
from tests.unit.provider.provider_samples import (
    CONTROLLER,
    CONTROLLER_KEY,
    DOMAIN,
    NOW_MS,
    OPERATOR_KEY,
    new_job,
    sample_batch,
)

JOB = sample_batch((b"one", b"two")).jobs[0]
JOB_ID = JOB.assignment.job_id
MAKER = ReceiptMaker(OPERATOR_KEY, DOMAIN)
PAYMENT = Payment(TokenAmount(900), 20, b"\x07" * 32, 1_500)


def ended(status: Status = Status.SUCCEEDED) -> EndedJob:
    return MAKER.ended(JOB, RunOutcome(status, 0, b"output", b"log"), NOW_MS + 5)


def record_of(job: EndedJob) -> Record:
    return Record(job.report.receipt.status, 1, job.receipt_hash)


def countersign(journal: JobJournal, job: EndedJob, cost: int = 900) -> None:
    signature = CONTROLLER_KEY.sign(DOMAIN.digest(job.receipt_hash))
    journal.countersign(JOB_ID, signature, record_of(job), TokenAmount(cost))


@pytest.fixture
def journal(engine: Engine) -> JobJournal:
    return JobJournal(engine)


def accept(journal: JobJournal) -> None:
    journal.accept(new_job(JOB))


def report(journal: JobJournal) -> None:
    accept(journal)
    journal.store_report(ended())


def take(journal: JobJournal) -> None:
    report(journal)
    countersign(journal, ended())


STAGES: dict[JobState, Callable[[JobJournal], None]] = {
    JobState.ACCEPTED: accept,
    JobState.REPORTED: report,
    JobState.COUNTERSIGNED: take,
}


def claim(engine: Engine, journal: JobJournal, key: str = "settle:1") -> int:
    outbox = SqlOutbox(engine, OUTBOX)
    with engine.begin() as connection:
        entry = outbox.enqueue_within(connection, NewEntry(key, OPERATOR_KEY.address, None))
        journal.claim_within(connection, [JOB_ID], entry.entry_id)
    return entry.entry_id


def test_record__each_stage__holds_all_that_was_said(journal: JobJournal) -> None:
    accept(journal)
    assert journal.record(JOB_ID).assigned == JOB
    assert journal.record(JOB_ID).accepted_ms == NOW_MS
    journal.store_report(ended())
    assert journal.record(JOB_ID).report == ended().report
    assert journal.contents(JOB_ID) == (b"output", b"log")
    countersign(journal, ended())
    record = journal.record(JOB_ID)
    assert (record.state, record.billed_ms, record.cost) == (JobState.COUNTERSIGNED, 1, 900)
    assert record.status is Status.SUCCEEDED
    with pytest.raises(NotFoundError):
        journal.contents(JOB_ID)


def test_record__unknown_job__not_found(journal: JobJournal) -> None:
    with pytest.raises(NotFoundError):
        journal.record(JobId(1))


@pytest.mark.parametrize("state", STAGES)
def test_accept__job_known_in_any_state__refused(journal: JobJournal, state: JobState) -> None:
    STAGES[state](journal)
    with pytest.raises(JobKnownError):
        journal.accept(new_job(JOB))
    with pytest.raises(JobKnownError):
        journal.decline(new_job(JOB, 0), ended(Status.DECLINED))
    assert journal.record(JOB_ID).state is state


@pytest.mark.parametrize("state", [JobState.REPORTED, JobState.COUNTERSIGNED])
def test_store_report__job_that_has_one__refused(journal: JobJournal, state: JobState) -> None:
    STAGES[state](journal)
    with pytest.raises(JobMovedError):
        journal.store_report(ended(Status.FUNCTION_ERROR))


@pytest.mark.parametrize("state", [JobState.ACCEPTED, JobState.COUNTERSIGNED])
def test_countersign__no_open_report__refused(journal: JobJournal, state: JobState) -> None:
    STAGES[state](journal)
    with pytest.raises(JobMovedError):
        countersign(journal, ended())
    with pytest.raises(JobMovedError):
        journal.refuse(JOB_ID, "late")


def test_decline__countersigned__ends_free(journal: JobJournal) -> None:
    journal.decline(new_job(JOB, 0), ended(Status.DECLINED))
    assert journal.record(JOB_ID).state is JobState.REPORTED
    countersign(journal, ended(Status.DECLINED), 0)
    assert journal.record(JOB_ID).state is JobState.FREE
    assert journal.due(CONTROLLER, 10) == []


def test_refuse__open_report__kept_with_the_reason(journal: JobJournal) -> None:
    report(journal)
    journal.refuse(JOB_ID, "lease-ended")
    record = journal.record(JOB_ID)
    assert (record.state, record.reason, record.report) == (JobState.REFUSED, "lease-ended", ended().report)


def test_claim_within__due_job__no_longer_due_until_released(engine: Engine, journal: JobJournal) -> None:
    take(journal)
    assert journal.due(CONTROLLER, 10) == [JOB_ID]
    assert journal.due(ControllerId(2), 10) == []
    entry = claim(engine, journal)
    assert (journal.due(CONTROLLER, 10), journal.claims_under_way(CONTROLLER)) == ([], [entry])
    journal.release_claim(entry)
    assert (journal.due(CONTROLLER, 10), journal.claims_under_way(CONTROLLER)) == ([JOB_ID], [])


def test_see_payments__claimed_job__paid_once_deep_enough(engine: Engine, journal: JobJournal) -> None:
    take(journal)
    entry = claim(engine, journal)
    journal.see_payments({JOB_ID: PAYMENT, JobId(JOB_ID + 1): PAYMENT})
    assert journal.claims_under_way(CONTROLLER) == []
    journal.release_claim(entry)
    assert journal.record(JOB_ID).state is JobState.CLAIMED
    assert journal.settle_up_to(19) == 0
    assert journal.settle_up_to(20) == 1
    assert journal.record(JOB_ID).state is JobState.PAID
    assert journal.record(JOB_ID).payment == PAYMENT


def test_forget_payments_above__replaced_block__due_again(engine: Engine, journal: JobJournal) -> None:
    take(journal)
    entry = claim(engine, journal)
    journal.see_payments({JOB_ID: PAYMENT})
    journal.forget_payments_above(20)
    assert journal.record(JOB_ID).payment == PAYMENT
    journal.forget_payments_above(19)
    assert journal.record(JOB_ID).payment is None
    assert journal.claims_under_way(CONTROLLER) == [entry]


def test_see_payments__seen_again_after_a_reorganisation__first_time_kept(
    engine: Engine, journal: JobJournal
) -> None:
    take(journal)
    claim(engine, journal)
    journal.see_payments({JOB_ID: PAYMENT})
    journal.forget_payments_above(0)
    journal.see_payments({JOB_ID: Payment(TokenAmount(900), 22, b"\x08" * 32, 9_999)})
    payment = journal.record(JOB_ID).payment
    assert payment is not None
    assert (payment.block_number, payment.bill_us) == (22, 1_500)


@pytest.mark.parametrize("state", STAGES)
def test_give_up__job_that_is_owed__ends_unpaid(journal: JobJournal, state: JobState) -> None:
    STAGES[state](journal)
    journal.give_up({JOB_ID: "empty escrow", JobId(JOB_ID + 1): "unknown"})
    record = journal.record(JOB_ID)
    assert (record.state, record.reason) == (JobState.UNPAID, "empty escrow")


def test_sums__each_stage__what_is_owed_and_earned(engine: Engine, journal: JobJournal) -> None:
    sums = JobSums(engine)
    accept(journal)
    assert (sums.owed(), sums.earned()) == ({CONTROLLER: 1_000}, 0)
    journal.store_report(ended())
    countersign(journal, ended())
    assert sums.owed() == {CONTROLLER: 900}
    claim(engine, journal)
    journal.see_payments({JOB_ID: PAYMENT})
    assert (sums.owed(), sums.earned()) == ({}, 900)
    journal.settle_up_to(20)
    assert (sums.earned(), sums.counts()) == (900, {JobState.PAID: 1})
    assert [record.job_id for record in sums.latest(5)] == [JOB_ID]
