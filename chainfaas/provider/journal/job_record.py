"""One job as the journal has it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chainfaas.domain.amounts import TokenAmount
from chainfaas.domain.encodings import Bytes32
from chainfaas.domain.identifiers import ControllerId, JobId
from chainfaas.domain.outcomes import Status
from chainfaas.domain.signatures import Signature
from chainfaas.domain.wire.multipart import decode_json
from chainfaas.domain.wire.polls import AssignedJob, PollAnswer, parse_poll_answer
from chainfaas.domain.wire.reports import Report, ReportsRequest, parse_reports_request
from chainfaas.provider.journal.job_state import JobState

if TYPE_CHECKING:
    from sqlalchemy import Row


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job that enters the journal."""

    controller_id: ControllerId
    assigned: AssignedJob
    reserved: TokenAmount
    """The most that it can cost."""
    accepted_ms: int
    """Unix milliseconds."""

    @property
    def job_id(self) -> JobId:
        """The job's number."""
        return self.assigned.assignment.job_id


@dataclass(frozen=True, slots=True)
class EndedJob:
    """How a job ended, with what the controller gets of it."""

    report: Report
    receipt_hash: Bytes32
    output: bytes
    log: bytes
    ended_ms: int
    """Unix milliseconds."""

    @property
    def job_id(self) -> JobId:
        """The job's number."""
        return self.report.job_id


@dataclass(frozen=True, slots=True)
class Payment:
    """That the chain closed a job, as one block shows it."""

    amount: TokenAmount
    block_number: int
    tx_hash: bytes
    bill_us: int | None = None
    """From the end of the run to this sight; None where the run ended in another process."""


@dataclass(frozen=True, slots=True)
class JobRecord:
    """A job's record."""

    job_id: JobId
    controller_id: ControllerId
    state: JobState
    assigned: AssignedJob
    reserved: TokenAmount
    accepted_ms: int
    ended_ms: int | None
    report: Report | None
    status: Status | None
    receipt_hash: Bytes32 | None
    countersignature: Signature | None
    billed_ms: int | None
    cost: TokenAmount | None
    entry_id: int | None
    payment: Payment | None
    reason: str


def assigned_text(assigned: AssignedJob) -> str:
    """Return an assigned job as the journal keeps it."""
    return json.dumps(PollAnswer(assignments=(assigned,)).as_json(), separators=(",", ":"))


def report_text(report: Report) -> str:
    """Return a report as the journal keeps it."""
    return json.dumps(ReportsRequest((report,)).as_json(), separators=(",", ":"))


def parse_report(text: str) -> Report:
    """Read a report that `report_text` wrote."""
    return parse_reports_request(decode_json(text.encode())).reports[0]


def record_of_row(row: Row[Any]) -> JobRecord:
    """Return the record that a row of the table of jobs holds."""
    payment = None
    if row.paid_block is not None:
        payment = Payment(TokenAmount(row.paid_amount), row.paid_block, row.paid_tx, row.bill_us)
    return JobRecord(
        job_id=JobId(row.job_id),
        controller_id=ControllerId(row.controller_id),
        state=JobState(row.state),
        assigned=parse_poll_answer(decode_json(row.assigned.encode())).assignments[0],
        reserved=TokenAmount(row.reserved),
        accepted_ms=row.accepted_ms,
        ended_ms=row.ended_ms,
        report=None if row.report is None else parse_report(row.report),
        status=None if row.status is None else Status(row.status),
        receipt_hash=None if row.receipt_hash is None else Bytes32(row.receipt_hash),
        countersignature=None if row.countersignature is None else Signature(row.countersignature),
        billed_ms=row.billed_ms,
        cost=None if row.cost is None else TokenAmount(row.cost),
        entry_id=row.entry_id,
        payment=payment,
        reason=row.reason,
    )
