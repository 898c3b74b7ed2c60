"""What a provider has done, from its journal alone, and whether its daemon runs."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainfaas.chain.node.process import ProcessIdentity, read_process
from chainfaas.domain.encodings import format_hex
from chainfaas.domain.identifiers import decompose_batch_id, decompose_job_id
from chainfaas.provider.bootstrap.run_provider import PROCESS_FILE_NAME
from chainfaas.provider.daemon.live_state import LiveState, read_live_state
from chainfaas.provider.earnings.earnings_sums import Earnings, Part, read_earnings
from chainfaas.provider.earnings.failures import Failure, read_failures
from chainfaas.provider.journal.job_state import JobState
from chainfaas.provider.journal.job_sums import JobSums
from chainfaas.provider.journal.journal_file import read_journal

if TYPE_CHECKING:
    from pathlib import Path

    from chainfaas.domain.identifiers import ControllerId
    from chainfaas.provider.journal.job_record import JobRecord

SHOWN_JOBS = 20
SHOWN_FAILURES = 8
_US_PER_MS = 1_000


@dataclass(frozen=True, slots=True)
class ProviderStatus:
    """A provider at one moment."""

    process: ProcessIdentity | None
    """Its daemon, if one runs."""
    live: LiveState | None
    """What that said last."""
    earnings: Earnings
    """By how far the payment has come."""
    failures: tuple[Failure, ...]
    """Jobs that failed or were not paid, by kind."""
    counts: dict[JobState, int]
    """Jobs by state."""
    earned: int
    """What the chain says that its jobs cost, commission included, base units."""
    owed: dict[ControllerId, int]
    """What unpaid work may still bring, by controller, base units."""
    bill_ms: int | None
    """Median time from the end of a run to the sight of its payment, of the latest jobs."""
    jobs: tuple[JobRecord, ...]
    """The latest, latest first."""

    def document(self) -> dict[str, object]:
        """Return the status as JSON."""
        return {
            "running": self.process is not None,
            "pid": None if self.process is None else self.process.pid,
            "ready": {} if self.live is None else {str(v): n for v, n in self.live.ready.items()},
            "controllers": [] if self.live is None else [each.document() for each in self.live.controllers],
            "jobs": {state.value: count for state, count in self.counts.items()},
            "earned": str(self.earned),
            "owed": {str(controller): str(amount) for controller, amount in self.owed.items()},
            "earnings": _earnings_document(self.earnings),
            "billMs": self.bill_ms,
            "failures": [_failure_document(failure) for failure in self.failures],
            "latest": [_job_document(job) for job in self.jobs],
        }


def read_status(folder: Path, shown_jobs: int = SHOWN_JOBS) -> ProviderStatus:
    """Read a provider's status, beside its daemon or without.

    Args:
        folder: The provider's folder.
        shown_jobs: How many of the latest jobs to return.

    Raises:
        JournalVersionError: There is no journal, or it is another release's.
    """
    engine = read_journal(folder)
    try:
        sums = JobSums(engine)
        latest = sums.latest(shown_jobs)
        bills = [
            job.payment.bill_us
            for job in latest
            if job.payment is not None and job.payment.bill_us is not None
        ]
        process = running_daemon(folder)
        return ProviderStatus(
            process=process,
            live=None if process is None else read_live_state(folder, process.pid),
            earnings=read_earnings(engine),
            failures=tuple(read_failures(engine, SHOWN_FAILURES)),
            counts=sums.counts(),
            earned=sums.earned(),
            owed=dict(sums.owed()),
            bill_ms=round(statistics.median(bills) / _US_PER_MS) if bills else None,
            jobs=tuple(latest),
        )
    finally:
        engine.dispose()


def running_daemon(folder: Path) -> ProcessIdentity | None:
    """Return a provider's daemon, if it runs."""
    process = read_process(folder / PROCESS_FILE_NAME)
    return process if process is not None and process.is_alive() else None


def _earnings_document(earnings: Earnings) -> dict[str, object]:
    return {
        "paid": _part_document(earnings.paid),
        "underWay": _part_document(earnings.under_way),
        "unclaimed": _part_document(earnings.unclaimed),
        "unconfirmed": _part_document(earnings.unconfirmed),
    }


def _part_document(part: Part) -> dict[str, object]:
    return {"jobs": part.jobs, "gross": str(part.amount)}


def _failure_document(failure: Failure) -> dict[str, object]:
    return {
        "jobs": failure.jobs,
        "state": failure.state.value,
        "status": None if failure.status is None else failure.status.name,
        "reason": failure.reason,
        "lastMs": failure.last_ms,
    }


def _job_document(job: JobRecord) -> dict[str, object]:
    payment = job.payment
    return {
        "job": str(job.job_id),
        "controller": decompose_batch_id(decompose_job_id(job.job_id).batch).controller,
        "version": job.assigned.assignment.version_id,
        "state": job.state.value,
        "status": None if job.status is None else job.status.name,
        "billedMs": job.billed_ms,
        "cost": None if job.cost is None else str(job.cost),
        "paid": None if payment is None else str(payment.amount),
        "block": None if payment is None else payment.block_number,
        "transaction": None if payment is None else format_hex(payment.tx_hash),
        "billMs": None if payment is None or payment.bill_us is None else round(payment.bill_us / _US_PER_MS),
        "startDelayUs": None if job.report is None else job.report.start_delay_us,
        "runUs": None if job.report is None else job.report.metrics.run_us,
        "reason": job.reason,
    }
