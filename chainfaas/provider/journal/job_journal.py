"""The jobs' records. Each method is one transaction; each change names the states that it expects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError

from chainfaas.domain.amounts import TokenAmount
from chainfaas.domain.errors import NotFoundError
from chainfaas.domain.identifiers import ControllerId, JobId
from chainfaas.provider.journal.errors import JobKnownError, JobMovedError
from chainfaas.provider.journal.job_record import (
    EndedJob,
    JobRecord,
    NewJob,
    Payment,
    assigned_text,
    record_of_row,
    report_text,
)
from chainfaas.provider.journal.job_state import OWED_STATES, JobState
from chainfaas.provider.journal.tables import JOBS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, Engine

    from chainfaas.domain.records import Record
    from chainfaas.domain.signatures import Signature

LISTED_COLUMNS = [column for column in JOBS.c if column.name not in ("output", "log")]
"""All of a record but for its contents, which may be long."""


class JobJournal:
    """Reads and moves the records. Any thread may use it."""

    def __init__(self, engine: Engine) -> None:
        """Use a journal's database, as `open_journal` or `read_journal` gives it."""
        self._engine = engine
        self._reader = engine.execution_options(reads_only=True)

    def accept(self, new: NewJob) -> None:
        """Store a job before its input goes anywhere.

        Raises:
            JobKnownError: it has a record already, in whatever state.
        """
        self._insert(new, JobState.ACCEPTED, {})

    def decline(self, new: NewJob, ended: EndedJob) -> None:
        """Store a job that is given back without a run, with the receipt that says so.

        Raises:
            JobKnownError: it has a record already, in whatever state.
        """
        self._insert(new, JobState.REPORTED, _ended_columns(ended))

    def store_report(self, ended: EndedJob) -> None:
        """Store how an accepted job ended, before anybody is told.

        Raises:
            JobMovedError: it is not accepted.
        """
        with self._engine.begin() as connection:
            values = {"state": JobState.REPORTED, **_ended_columns(ended)}
            _move(connection, ended.job_id, (JobState.ACCEPTED,), values)

    def countersign(self, job: JobId, signature: Signature, record: Record, cost: TokenAmount) -> None:
        """Store that the controller took a report; output and log are let go.

        Args:
            job: The job.
            signature: The controller's, over the receipt.
            record: What it will let the chain know.
            cost: What that is worth; a status that costs nothing ends the job here.

        Raises:
            JobMovedError: its report is not open.
        """
        state = JobState.COUNTERSIGNED if record.status.is_paid else JobState.FREE
        values = {"countersignature": signature.raw, "billed_ms": record.billed_ms, "cost": cost}
        self._end_report(job, {"state": state, **values})

    def refuse(self, job: JobId, reason: str) -> None:
        """Store that the controller does not take a report, and why; the receipt is kept.

        Raises:
            JobMovedError: its report is not open.
        """
        self._end_report(job, {"state": JobState.REFUSED, "reason": reason})

    def claim_within(self, connection: Connection, jobs: Sequence[JobId], entry_id: int) -> None:
        """Tie jobs to an entry of the outbox, in the transaction that adds it.

        Args:
            connection: A connection to the journal, in a transaction.
            jobs: The jobs; those that cost nothing may be among them, and stay as they are.
            entry_id: The entry.
        """
        connection.execute(
            update(JOBS)
            .where(JOBS.c.job_id.in_(jobs), JOBS.c.state == JobState.COUNTERSIGNED)
            .values(state=JobState.CLAIMED, entry_id=entry_id)
        )

    def release_claim(self, entry_id: int) -> None:
        """Let the jobs of a claim that did not pay them be claimed again."""
        with self._engine.begin() as connection:
            connection.execute(
                update(JOBS)
                .where(
                    JOBS.c.entry_id == entry_id,
                    JOBS.c.state == JobState.CLAIMED,
                    JOBS.c.paid_block.is_(None),
                )
                .values(state=JobState.COUNTERSIGNED, entry_id=None)
            )

    def see_payments(self, payments: Mapping[JobId, Payment]) -> None:
        """Note which jobs the own node shows as closed; they count as paid once that is deep enough."""
        with self._engine.begin() as connection:
            for job, payment in payments.items():
                values = {
                    "paid_amount": payment.amount,
                    "paid_block": payment.block_number,
                    "paid_tx": payment.tx_hash,
                    "bill_us": func.coalesce(JOBS.c.bill_us, payment.bill_us),
                }
                states = (JobState.REPORTED, JobState.COUNTERSIGNED, JobState.CLAIMED)
                connection.execute(
                    update(JOBS).where(JOBS.c.job_id == job, JOBS.c.state.in_(states)).values(values)
                )

    def settle_up_to(self, block_number: int) -> int:
        """Make payments of blocks up to this one final.

        Returns:
            How many jobs are paid by that.
        """
        with self._engine.begin() as connection:
            moved = connection.execute(
                update(JOBS)
                .where(
                    JOBS.c.state.in_((JobState.COUNTERSIGNED, JobState.CLAIMED)),
                    JOBS.c.paid_block <= block_number,
                )
                .values(state=JobState.PAID)
            )
        return moved.rowcount

    def forget_payments_above(self, block_number: int) -> None:
        """Take back the sight of payments in blocks that were replaced."""
        with self._engine.begin() as connection:
            connection.execute(
                update(JOBS)
                .where(JOBS.c.state.in_(OWED_STATES), JOBS.c.paid_block > block_number)
                .values(paid_amount=None, paid_block=None, paid_tx=None)
            )

    def give_up(self, jobs: Mapping[JobId, str]) -> None:
        """End jobs that the chain closed without pay.

        Args:
            jobs: Why, by job.
        """
        with self._engine.begin() as connection:
            for job, reason in jobs.items():
                connection.execute(
                    update(JOBS)
                    .where(JOBS.c.job_id == job, JOBS.c.state.in_(OWED_STATES))
                    .values(state=JobState.UNPAID, reason=reason)
                )

    def record(self, job: JobId) -> JobRecord:
        """Read a job's record.

        Raises:
            NotFoundError: there is none.
        """
        with self._reader.connect() as connection:
            row = connection.execute(select(*LISTED_COLUMNS).where(JOBS.c.job_id == job)).one_or_none()
        if row is None:
            raise NotFoundError(f"The journal has no job {job}.")
        return record_of_row(row)

    def in_state(
        self, state: JobState, controller: ControllerId | None = None, limit: int | None = None
    ) -> list[JobRecord]:
        """Read records by state, by rising job id.

        Args:
            state: The state.
            controller: Only jobs of this controller.
            limit: At most so many.
        """
        query = select(*LISTED_COLUMNS).where(JOBS.c.state == state).order_by(JOBS.c.job_id).limit(limit)
        if controller is not None:
            query = query.where(JOBS.c.controller_id == controller)
        with self._reader.connect() as connection:
            return [record_of_row(row) for row in connection.execute(query)]

    def due(self, controller: ControllerId, limit: int) -> list[JobId]:
        """Return the jobs of a controller that can be claimed and that no block shows paid yet."""
        query = (
            select(JOBS.c.job_id)
            .where(
                JOBS.c.state == JobState.COUNTERSIGNED,
                JOBS.c.controller_id == controller,
                JOBS.c.paid_block.is_(None),
            )
            .order_by(JOBS.c.job_id)
            .limit(limit)
        )
        with self._reader.connect() as connection:
            return [JobId(job) for job in connection.execute(query).scalars()]

    def claims_under_way(self, controller: ControllerId) -> list[int]:
        """Return the outbox entries with jobs of a controller that no block shows paid yet."""
        query = (
            select(JOBS.c.entry_id)
            .distinct()
            .where(
                JOBS.c.state == JobState.CLAIMED,
                JOBS.c.controller_id == controller,
                JOBS.c.paid_block.is_(None),
            )
        )
        with self._reader.connect() as connection:
            return list(connection.execute(query).scalars())

    def contents(self, job: JobId) -> tuple[bytes, bytes]:
        """Read output and log of a job whose report is open.

        Raises:
            NotFoundError: they were let go, or there is no such job.
        """
        with self._reader.connect() as connection:
            row = connection.execute(
                select(JOBS.c.output, JOBS.c.log).where(JOBS.c.job_id == job)
            ).one_or_none()
        if row is None or row.output is None:
            raise NotFoundError(f"The journal has no output of job {job}.")
        return bytes(row.output), bytes(row.log)

    def _insert(self, new: NewJob, state: JobState, ended: dict[str, Any]) -> None:
        values = {
            "job_id": new.job_id,
            "controller_id": new.controller_id,
            "state": state,
            "assigned": assigned_text(new.assigned),
            "reserved": new.reserved,
            "accepted_ms": new.accepted_ms,
            "reason": "",
        }
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(JOBS).values(values | ended))
        except IntegrityError as fault:
            raise JobKnownError(f"Job {new.job_id} has a record already.") from fault

    def _end_report(self, job: JobId, values: dict[str, Any]) -> None:
        with self._engine.begin() as connection:
            _move(connection, job, (JobState.REPORTED,), {**values, "output": None, "log": None})


def _ended_columns(ended: EndedJob) -> dict[str, Any]:
    return {
        "report": report_text(ended.report),
        "status": ended.report.receipt.status.value,
        "receipt_hash": ended.receipt_hash,
        "output": ended.output,
        "log": ended.log,
        "ended_ms": ended.ended_ms,
        "reason": ended.report.reason,
    }


def _move(connection: Connection, job: JobId, expected: tuple[JobState, ...], values: dict[str, Any]) -> None:
    moved = connection.execute(
        update(JOBS).where(JOBS.c.job_id == job, JOBS.c.state.in_(expected)).values(values)
    )
    if moved.rowcount != 1:
        raise JobMovedError(f"Job {job} is not {expected[0].value}.")
