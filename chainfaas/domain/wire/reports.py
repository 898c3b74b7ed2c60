"""The report of how jobs ended, and what the controller says to each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chainfaas.domain.canonical_json import JsonValue
from chainfaas.domain.encodings import format_hex, parse_bytes32
from chainfaas.domain.identifiers import JobId, job_id
from chainfaas.domain.outcomes import status
from chainfaas.domain.receipts import Receipt
from chainfaas.domain.records import Record
from chainfaas.domain.run_metrics import RunMetrics
from chainfaas.domain.signatures import Signature
from chainfaas.domain.signed_values_json import RECEIPT_MEMBERS, receipt_json, receipt_of_json
from chainfaas.domain.wire.blobs import BlobReference, parse_blob_reference
from chainfaas.domain.wire.errors import InvalidMessageError
from chainfaas.domain.wire.members import (
    check_distinct,
    elements,
    members,
    microseconds,
    optional,
    refusing,
    unsigned,
)
from chainfaas.domain.wire.polls import Poll, PollAnswer, parse_poll, parse_poll_answer
from chainfaas.domain.wire.problems import Problem, parse_problem

MAX_REASON_CHARACTERS = 500

_REPORT = (
    "jobId",
    "receipt",
    "signature",
    "metrics",
    "sandbox",
    "startDelayUs",
    "output",
    "log",
    "reason",
)


@dataclass(frozen=True, slots=True)
class Report:
    """How one job ended."""

    job_id: JobId
    receipt: Receipt
    signature: Signature
    """The operator's, over the receipt."""
    metrics: RunMetrics
    sandbox: Mapping[str, JsonValue]
    """The limits that were in force, as the engine told them."""
    start_delay_us: int
    """From the assignment's arrival to the start, on the provider's clock."""
    output: BlobReference
    log: BlobReference
    reason: str
    """A sentence for people where the status is not 1; empty otherwise."""

    def as_json(self) -> dict[str, JsonValue]:
        """Return the report under its JSON names."""
        return {
            "jobId": str(self.job_id),
            "receipt": receipt_json(self.receipt),
            "signature": str(self.signature),
            "metrics": self.metrics.as_json(),
            "sandbox": dict(self.sandbox),
            "startDelayUs": self.start_delay_us,
            "output": self.output.as_json(),
            "log": self.log.as_json(),
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class ReportsRequest:
    """Body of ``POST /v1/provider/reports``; outputs and logs travel beside it."""

    reports: tuple[Report, ...]
    poll: Poll | None = None
    """A poll that does not wait, answered in the same breath."""

    def as_json(self) -> dict[str, JsonValue]:
        """Return the message under its JSON names."""
        return {
            "reports": [report.as_json() for report in self.reports],
            "poll": None if self.poll is None else self.poll.as_json(),
        }

    @property
    def blob_references(self) -> tuple[BlobReference, ...]:
        """The outputs and logs that the message names."""
        return tuple(blob for report in self.reports for blob in (report.output, report.log))


@dataclass(frozen=True, slots=True)
class ReportResult:
    """What became of one report: taken with a signature and a record, or refused with a problem."""

    job_id: JobId
    status: int
    """As of HTTP: 200, 404, 409 or 422."""
    signature: Signature | None = None
    """The controller's, over the same receipt."""
    record: Record | None = None
    """What the controller will let the chain know."""
    problem: Problem | None = None

    @property
    def is_taken(self) -> bool:
        """Whether the controller took the report, now or before."""
        return self.status == 200

    def as_json(self) -> dict[str, JsonValue]:
        """Return the result under its JSON names."""
        return {
            "jobId": str(self.job_id),
            "status": self.status,
            "signature": None if self.signature is None else str(self.signature),
            "record": None if self.record is None else _record_json(self.record),
            "problem": None if self.problem is None else self.problem.as_json(),
        }


@dataclass(frozen=True, slots=True)
class ReportsAnswer:
    """Answer to a `ReportsRequest`; the inputs of a poll's answer travel beside it."""

    results: tuple[ReportResult, ...]
    poll: PollAnswer | None = None

    def as_json(self) -> dict[str, JsonValue]:
        """Return the message under its JSON names."""
        return {
            "results": [result.as_json() for result in self.results],
            "poll": None if self.poll is None else self.poll.as_json(),
        }

    @property
    def blob_references(self) -> tuple[BlobReference, ...]:
        """The inputs that the message names."""
        return () if self.poll is None else self.poll.blob_references


def parse_reports_request(value: JsonValue) -> ReportsRequest:
    """Read reports.

    Raises:
        InvalidMessageError: they are malformed.
    """
    with refusing("reports"):
        fields = members(value, "reports", ("reports", "poll"))
        reports = elements(fields, "reports", _report)
        check_distinct("reports", [report.job_id for report in reports])
        return ReportsRequest(reports, optional(fields, "poll", parse_poll))


def parse_reports_answer(value: JsonValue) -> ReportsAnswer:
    """Read the answer to reports.

    Raises:
        InvalidMessageError: it is malformed.
    """
    with refusing("results"):
        fields = members(value, "results", ("results", "poll"))
        results = elements(fields, "results", _result)
        check_distinct("results", [result.job_id for result in results])
        return ReportsAnswer(results, optional(fields, "poll", parse_poll_answer))


def _report(value: JsonValue) -> Report:
    fields = members(value, "report", _REPORT)
    reason = fields.text("reason")
    if len(reason) > MAX_REASON_CHARACTERS:
        raise fields.refusal("reason", f"has more than {MAX_REASON_CHARACTERS} characters")
    return Report(
        job_id=fields.parsed("jobId", job_id),
        receipt=receipt_of_json(members(fields.value("receipt"), "receipt", RECEIPT_MEMBERS)),
        signature=fields.parsed("signature", Signature.parse),
        metrics=_metrics(fields.value("metrics")),
        sandbox=_sandbox(fields.value("sandbox")),
        start_delay_us=microseconds(fields, "startDelayUs"),
        output=parse_blob_reference(fields.value("output"), "output"),
        log=parse_blob_reference(fields.value("log"), "log"),
        reason=reason,
    )


def _metrics(value: JsonValue) -> RunMetrics:
    names = ("queuedUs", "pulledUs", "initialisedUs", "runUs", "cpuUs", "peakMemoryBytes")
    fields = members(value, "metrics", names)
    return RunMetrics(*(microseconds(fields, name) for name in names))


def _sandbox(value: JsonValue) -> Mapping[str, JsonValue]:
    if not isinstance(value, Mapping):
        raise InvalidMessageError("report.sandbox is not an object.")
    return value


def _result(value: JsonValue) -> ReportResult:
    fields = members(value, "result", ("jobId", "status", "signature", "record", "problem"))
    result = ReportResult(
        job_id=fields.parsed("jobId", job_id),
        status=unsigned(fields, "status", 16),
        signature=optional(fields, "signature", lambda _: fields.parsed("signature", Signature.parse)),
        record=optional(fields, "record", _record),
        problem=optional(fields, "problem", parse_problem),
    )
    # Only what was taken carries the controller's word, and all of it.
    if {result.signature is not None, result.record is not None, result.problem is None} != {result.is_taken}:
        raise InvalidMessageError("A result has a signature and a record, or a problem, as its status says.")
    return result


def _record(value: JsonValue) -> Record:
    fields = members(value, "record", ("status", "billedMs", "receiptHash"))
    return Record(
        status(fields.integer("status")),
        unsigned(fields, "billedMs"),
        fields.parsed("receiptHash", parse_bytes32),
    )


def _record_json(record: Record) -> dict[str, JsonValue]:
    return {
        "status": record.status.value,
        "billedMs": record.billed_ms,
        "receiptHash": format_hex(record.receipt_hash),
    }
