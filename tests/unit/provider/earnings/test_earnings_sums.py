from __future__ import annotations

from sqlalchemy import Engine

from chainfaas.chain.outbox_entry import NewEntry
from chainfaas.chain.sql_outbox import SqlOutbox
from chainfaas.domain.amounts import TokenAmount
from chainfaas.domain.outcomes import Status
from chainfaas.domain.records import Record
from chainfaas.domain.wire.polls import AssignedJob
from chainfaas.provider.earnings.earnings_sums import Part, read_earnings
from chainfaas.provider.earnings.failures import read_failures
from chainfaas.provider.journal.job_journal import JobJournal
from chainfaas.provider.journal.job_record import EndedJob, Payment
from chainfaas.provider.journal.job_state import JobState
from chainfaas.provider.journal.tables import OUTBOX
from chainfaas.provider.receipts.receipt_maker import ReceiptMaker, RunOutcome
from tests.unit.provider.provider_samples import (
    CONTROLLER_KEY,
    DOMAIN,
    NOW_MS,
    OPERATOR_KEY,
    new_job,
    sample_batch,
)

MAKER = ReceiptMaker(OPERATOR_KEY, DOMAIN)
ONE, TWO, THREE, FOUR, FIVE = sample_batch((b"1", b"2", b"3", b"4", b"5")).jobs


def end(
    journal: JobJournal, job: AssignedJob, status: Status = Status.SUCCEEDED, reason: str = ""
) -> EndedJob:
    journal.accept(new_job(job, reserved=1_000))
    ended = MAKER.ended(job, RunOutcome(status, reason=reason), NOW_MS + 5)
    journal.store_report(ended)
    return ended


def take(journal: JobJournal, job: AssignedJob, cost: int) -> None:
    ended = end(journal, job)
    signature = CONTROLLER_KEY.sign(DOMAIN.digest(ended.receipt_hash))
    record = Record(Status.SUCCEEDED, 1, ended.receipt_hash)
    journal.countersign(ended.job_id, signature, record, TokenAmount(cost))


def test_read_earnings__a_job_in_each_state__each_counted_once(engine: Engine) -> None:
    journal, outbox = JobJournal(engine), SqlOutbox(engine, OUTBOX)
    journal.accept(new_job(ONE, reserved=1_000))
    end(journal, TWO)
    for job, cost in ((THREE, 900), (FOUR, 99), (FIVE, 51)):
        take(journal, job, cost)
    with engine.begin() as connection:
        entry = outbox.enqueue_within(connection, NewEntry("claim", OPERATOR_KEY.address, None))
        journal.claim_within(connection, [FOUR.assignment.job_id, FIVE.assignment.job_id], entry.entry_id)
    found = read_earnings(engine)
    assert (found.unconfirmed, found.unclaimed) == (Part(2, TokenAmount(2_000)), Part(1, TokenAmount(900)))
    assert (found.under_way, found.paid) == (Part(2, TokenAmount(150)), Part())

    payment = Payment(TokenAmount(99), 12, b"\x01" * 32)
    journal.see_payments(
        {FOUR.assignment.job_id: payment, FIVE.assignment.job_id: Payment(TokenAmount(51), 12, b"\x01" * 32)}
    )
    found = read_earnings(engine)
    assert (found.under_way, found.paid) == (Part(), Part(2, TokenAmount(150)))
    # 2 % of 150 is 3; of 99 and of 51 it would be 1 each.
    assert found.paid_net(200) == 147
    assert not found.is_all_paid


def test_read_earnings__no_jobs__nothing_waits(engine: Engine) -> None:
    assert read_earnings(engine).is_all_paid


def test_read_failures__four_jobs_of_four_kinds__each_once_within_the_limit(engine: Engine) -> None:
    journal = JobJournal(engine)
    end(journal, ONE)
    end(journal, TWO, Status.INFRASTRUCTURE, "disk full")
    for job in (THREE, FOUR):
        end(journal, job, Status.TIMED_OUT)
    journal.refuse(FOUR.assignment.job_id, "lease-over")
    journal.refuse(end(journal, FIVE).job_id, "lease-over")
    found = read_failures(engine, 10)
    assert {(each.jobs, each.state, each.status, each.reason) for each in found} == {
        (1, JobState.REPORTED, Status.INFRASTRUCTURE, "disk full"),
        (1, JobState.REPORTED, Status.TIMED_OUT, ""),
        (1, JobState.REFUSED, Status.TIMED_OUT, "lease-over"),
        (1, JobState.REFUSED, Status.SUCCEEDED, "lease-over"),
    }
    assert len(read_failures(engine, 2)) == 2
