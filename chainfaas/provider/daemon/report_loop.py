"""Hands reports in at one controller, until each is answered."""

from __future__ import annotations

import queue
import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
import tenacity

from chainfaas.domain.errors import SignatureError
from chainfaas.domain.limits import MIB
from chainfaas.domain.prices import Offer, job_cost
from chainfaas.domain.signatures import check_signer
from chainfaas.domain.typed_data import SigningDomain
from chainfaas.domain.wire.reports import ReportsRequest
from chainfaas.provider.controller_api.errors import ControllerRefusedError, ControllerUnreachableError
from chainfaas.provider.crash_points import ProviderHook, ProviderPoint

if TYPE_CHECKING:
    from collections.abc import Callable

    from chainfaas.domain.amounts import TokenAmount
    from chainfaas.domain.identifiers import Address, JobId, VersionId
    from chainfaas.domain.prices import Terms
    from chainfaas.domain.records import Record
    from chainfaas.domain.wire.polls import Poll, PollAnswer
    from chainfaas.domain.wire.reports import ReportResult
    from chainfaas.provider.controller_api.controller_client import ControllerClient
    from chainfaas.provider.journal.job_journal import JobJournal
    from chainfaas.provider.journal.job_record import EndedJob

MAX_REPORTS = 48
MAX_CONTENT_BYTES = 4 * MIB
"""Contents of one request, so that no answer waits for a slow upload of many."""
FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 5.0

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class ReportParts:
    """What a report loop works with."""

    client: ControllerClient
    journal: JobJournal
    domain: SigningDomain
    terms: Callable[[VersionId], Terms | None]
    extra_poll: Callable[[Collection[JobId]], Poll | None]
    """A poll to be answered along with the reports of some jobs, if one makes sense now."""
    on_poll_answer: Callable[[PollAnswer, Mapping[str, bytes]], None]
    on_result: Callable[[JobId], None]
    """Called once a report is answered for good."""
    at_point: ProviderHook


class ReportLoop:
    """One controller's reports, in one thread."""

    def __init__(self, parts: ReportParts) -> None:
        """Have nothing to hand in yet."""
        self._parts = parts
        self._waiting: queue.SimpleQueue[EndedJob | None] = queue.SimpleQueue()

    def hand_in(self, ended: EndedJob) -> None:
        """Take a report that is stored; returns at once."""
        self._waiting.put(ended)

    def wake(self) -> None:
        """Have the thread look whether it is to stop."""
        self._waiting.put(None)

    def run(self, stop: threading.Event) -> None:
        """Hand reports in until told to stop; what is left is in the journal.

        Args:
            stop: Set by another thread, which then calls `wake`.
        """
        while not stop.is_set():
            reports = self._next_reports()
            if reports:
                self._deliver(reports, stop)

    def _next_reports(self) -> list[EndedJob]:
        first = self._waiting.get()
        if first is None:
            return []
        reports, size = [first], len(first.output) + len(first.log)
        while len(reports) < MAX_REPORTS and size < MAX_CONTENT_BYTES:
            try:
                another = self._waiting.get_nowait()
            except queue.Empty:
                break
            if another is not None:
                reports.append(another)
                size += len(another.output) + len(another.log)
        return reports

    def _deliver(self, reports: list[EndedJob], stop: threading.Event) -> None:
        retrying = tenacity.Retrying(
            wait=tenacity.wait_exponential_jitter(
                multiplier=FIRST_PAUSE_SECONDS, max=LONGEST_PAUSE_SECONDS, jitter=FIRST_PAUSE_SECONDS
            ),
            stop=tenacity.stop_when_event_set(stop),
            sleep=tenacity.sleep_using_event(stop),
            before_sleep=_tell_of_retry,
            reraise=False,
        )
        try:
            retrying(self._send, reports)
        except tenacity.RetryError:
            _log.info("Reports are kept for the next start.", action="reports_kept", reports=len(reports))

    def _send(self, reports: list[EndedJob]) -> None:
        parts = self._parts
        for ended in reports:
            self._send_long_contents(ended)
        contents = {part: content for ended in reports for part, content in _contents_of(ended)}
        jobs = frozenset(ended.job_id for ended in reports)
        request = ReportsRequest(tuple(ended.report for ended in reports), parts.extra_poll(jobs))
        parts.at_point(ProviderPoint.BEFORE_SEND_REPORT)
        answer, inputs = parts.client.report(request, contents)
        parts.at_point(ProviderPoint.AFTER_SEND_REPORT)
        results = {result.job_id: result for result in answer.results}
        missing = [ended.job_id for ended in reports if ended.job_id not in results]
        for ended in reports:
            if ended.job_id in results:
                self._take_result(ended, results[ended.job_id])
        if answer.poll is not None:
            parts.on_poll_answer(answer.poll, inputs)
        if missing:
            reports[:] = [ended for ended in reports if ended.job_id in missing]
            raise ControllerUnreachableError(f"The controller left {len(missing)} reports unanswered.")

    def _send_long_contents(self, ended: EndedJob) -> None:
        report, client = ended.report, self._parts.client
        if report.output.part is not None and report.log.part is not None:
            return
        self._parts.at_point(ProviderPoint.BEFORE_SEND_CONTENTS)
        try:
            if report.output.part is None:
                client.put_output(ended.job_id, ended.output)
            if report.log.part is None:
                client.put_log(ended.job_id, ended.log)
        except ControllerRefusedError as refused:
            # The report itself gets the verdict, with the reason for the journal.
            _log.info("Contents were refused.", action="contents_refused", fault=str(refused))
        self._parts.at_point(ProviderPoint.AFTER_SEND_CONTENTS)

    def _take_result(self, ended: EndedJob, result: ReportResult) -> None:
        parts, job = self._parts, ended.job_id
        fault = self._fault_of(ended, result)
        parts.at_point(ProviderPoint.BEFORE_STORE_RESULT)
        if fault is None and result.record is not None and result.signature is not None:
            parts.journal.countersign(job, result.signature, result.record, self._cost(ended, result.record))
        else:
            _log.warning("A report was not taken.", action="report_refused", job=job, fault=fault)
            parts.journal.refuse(job, fault or "")
        parts.at_point(ProviderPoint.AFTER_STORE_RESULT)
        parts.on_result(job)

    def _fault_of(self, ended: EndedJob, result: ReportResult) -> str | None:
        if result.problem is not None:
            return f"{result.problem.code}: {result.problem.title} {result.problem.detail}".strip()
        if result.record is None or result.signature is None:
            return "The controller's answer is empty."
        if not result.record.agrees_with(ended.report.receipt, ended.receipt_hash):
            return "The controller's record contradicts the receipt."
        key: Address = self._parts.client.session().controller.key
        try:
            check_signer(self._parts.domain.digest(ended.receipt_hash), result.signature, key)
        except SignatureError as fault:
            return f"The controller's signature does not fit: {fault.message}"
        return None

    def _cost(self, ended: EndedJob, record: Record) -> TokenAmount:
        assignment = self._parts.journal.record(ended.job_id).assigned.assignment
        terms = self._parts.terms(assignment.version_id)
        offer = Offer(assignment.base_fee, assignment.price)
        return TokenAmount(0) if terms is None else job_cost(terms, offer, record.status, record.billed_ms)


def _contents_of(ended: EndedJob) -> list[tuple[str, bytes]]:
    report = ended.report
    pairs = ((report.output.part, ended.output), (report.log.part, ended.log))
    return [(part, content) for part, content in pairs if part is not None]


def _tell_of_retry(state: tenacity.RetryCallState) -> None:
    fault = state.outcome.exception() if state.outcome is not None else None
    _log.warning("Reports cannot be handed in for now.", action="reports_wait", fault=str(fault))
