"""What a daemon does at its start about the jobs that an earlier one left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from chainfaas.domain.outcomes import Status
from chainfaas.provider.journal.job_record import EndedJob
from chainfaas.provider.journal.job_state import JobState
from chainfaas.provider.receipts.receipt_maker import RunOutcome

if TYPE_CHECKING:
    from chainfaas.domain.identifiers import ControllerId
    from chainfaas.provider.journal.job_journal import JobJournal
    from chainfaas.provider.receipts.receipt_maker import ReceiptMaker

INTERRUPTED = "interrupted: The provider was stopped while the job ran."

_log = structlog.get_logger(__name__)


def end_interrupted_jobs(journal: JobJournal, receipts: ReceiptMaker, now_ms: int) -> int:
    """Give back the jobs that were accepted and have no report: their sandboxes ended with their daemon.

    Args:
        journal: The records.
        receipts: Signs the reports.
        now_ms: Unix milliseconds.

    Returns:
        How many there were.
    """
    interrupted = journal.in_state(JobState.ACCEPTED)
    for record in interrupted:
        outcome = RunOutcome(Status.INFRASTRUCTURE, reason=INTERRUPTED)
        journal.store_report(receipts.ended(record.assigned, outcome, now_ms))
    if interrupted:
        _log.warning("Jobs were interrupted.", action="jobs_interrupted", jobs=len(interrupted))
    return len(interrupted)


def open_reports(journal: JobJournal, controller: ControllerId) -> list[EndedJob]:
    """Return the reports that a controller has not answered, as they were stored.

    Args:
        journal: The records.
        controller: Whose jobs.
    """
    found = []
    for record in journal.in_state(JobState.REPORTED, controller):
        if record.report is not None and record.receipt_hash is not None:
            output, log = journal.contents(record.job_id)
            found.append(EndedJob(record.report, record.receipt_hash, output, log, record.ended_ms or 0))
    return found
