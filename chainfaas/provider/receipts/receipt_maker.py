"""Builds reports: receipt, metrics, hashes, signature."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chainfaas.domain.content_hashes import content_hash, json_hash
from chainfaas.domain.outcomes import Status
from chainfaas.domain.prices import whole_ms
from chainfaas.domain.receipts import EXIT_CODE_UNKNOWN, Receipt
from chainfaas.domain.run_metrics import RunMetrics
from chainfaas.domain.typed_data import SigningDomain, hash_assignment, hash_receipt
from chainfaas.domain.wire.blobs import DEFAULT_BLOB_LIMIT_BYTES, refer_to
from chainfaas.domain.wire.reports import MAX_REASON_CHARACTERS, Report
from chainfaas.provider.journal.job_record import EndedJob

if TYPE_CHECKING:
    from chainfaas.domain.canonical_json import JsonValue
    from chainfaas.domain.signatures import SigningKey
    from chainfaas.domain.wire.polls import AssignedJob

_NANOSECONDS_PER_US = 1_000

NO_METRICS = RunMetrics(0, 0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """How a run ended, whatever ran it."""

    status: Status
    exit_code: int = EXIT_CODE_UNKNOWN
    output: bytes = b""
    log: bytes = b""
    metrics: RunMetrics = NO_METRICS
    sandbox: Mapping[str, JsonValue] = field(default_factory=dict)
    """The limits that were in force; empty where nothing ran."""
    start_delay_us: int = 0
    """From the assignment's arrival to the start."""
    reason: str = ""
    """For people, where the status does not say it all."""


class ReceiptMaker:
    """Signs with one operator key for one network."""

    def __init__(self, key: SigningKey, domain: SigningDomain) -> None:
        """Keep the key.

        Args:
            key: The operator's.
            domain: Network and ledger.
        """
        self._key = key
        self._domain = domain

    def ended(
        self,
        job: AssignedJob,
        outcome: RunOutcome,
        ended_ms: int,
        blob_limit_bytes: int = DEFAULT_BLOB_LIMIT_BYTES,
    ) -> EndedJob:
        """Return the signed end of a job.

        Args:
            job: The job.
            outcome: How it ended.
            ended_ms: When, in Unix milliseconds.
            blob_limit_bytes: The longest output or log that travels within a report to its controller.
        """
        invocation, job_id = job.work.invocation_id, job.assignment.job_id
        receipt = Receipt(
            assignment_hash=hash_assignment(job.assignment),
            status=outcome.status,
            exit_code=outcome.exit_code,
            run_ms=whole_ms(outcome.metrics.run_us * _NANOSECONDS_PER_US),
            output_hash=content_hash(invocation, outcome.output),
            log_hash=content_hash(invocation, outcome.log),
            metrics_hash=outcome.metrics.hash_for(invocation),
            sandbox_hash=json_hash(invocation, outcome.sandbox),
        )
        receipt_hash = hash_receipt(receipt)
        report = Report(
            job_id=job_id,
            receipt=receipt,
            signature=self._key.sign(self._domain.digest(receipt_hash)),
            metrics=outcome.metrics,
            sandbox=outcome.sandbox,
            start_delay_us=outcome.start_delay_us,
            output=refer_to("output", job_id, outcome.output, blob_limit_bytes),
            log=refer_to("log", job_id, outcome.log, blob_limit_bytes),
            reason=_shortened(outcome.reason),
        )
        return EndedJob(report, receipt_hash, outcome.output, outcome.log, ended_ms)


def _shortened(reason: str) -> str:
    return reason if len(reason) <= MAX_REASON_CHARACTERS else reason[: MAX_REASON_CHARACTERS - 1] + "…"
