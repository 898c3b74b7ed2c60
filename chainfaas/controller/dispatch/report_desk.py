"""Takes reports: checks them, makes the one record of each job, counter-signs, and ends or moves calls."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from chainfaas.controller.crash_points import ControllerPoint
from chainfaas.controller.dispatch.check_report import ReportedContents, check_report
from chainfaas.controller.dispatch.failures import failure_problem
from chainfaas.controller.dispatch.pending_call import CallOutcome
from chainfaas.controller.dispatch.store_changes import store_report
from chainfaas.controller.errors import (
    JobNotFoundError,
    LeaseEndedError,
    OtherReportError,
    ReportMismatchError,
)
from chainfaas.controller.problems import problem_of
from chainfaas.controller.storage.invocation_rows import InvocationEnd
from chainfaas.controller.storage.job_ends import CallTimes, JobEnd
from chainfaas.controller.storage.job_rows import read_job
from chainfaas.controller.storage.states import AttemptState, InvocationState, Lane
from chainfaas.controller.storage.stored_content import keep_content
from chainfaas.controller.storage.upload_rows import UploadKind, read_upload
from chainfaas.domain.outcomes import Status
from chainfaas.domain.prices import billed_time_ms, job_cost, whole_ms
from chainfaas.domain.records import Record
from chainfaas.domain.typed_data import hash_receipt
from chainfaas.domain.wire.reports import ReportResult

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chainfaas.controller.dispatch.dispatch_state import DispatchParts, DispatchState
    from chainfaas.controller.dispatch.held_job import HeldJob
    from chainfaas.controller.dispatch.placer import Placer
    from chainfaas.controller.storage.database import Database
    from chainfaas.controller.storage.session_rows import LoggedIn
    from chainfaas.domain.identifiers import JobId, ProviderId
    from chainfaas.domain.wire.blobs import BlobReference
    from chainfaas.domain.wire.reports import Report

_CLAIMED_SECONDS = 30.0


class ReportDesk:
    """Answers reports."""

    def __init__(
        self, parts: DispatchParts, state: DispatchState, placer: Placer, database: Database
    ) -> None:
        """Answer nothing yet.

        Args:
            parts: What dispatch works with.
            state: What it knows.
            placer: Finds providers for calls.
            database: Where jobs that ended are read.
        """
        self._parts = parts
        self._state = state
        self._placer = placer
        self._database = database
        self._reader = database.engine.execution_options(reads_only=True)

    def take(self, reporter: LoggedIn, report: Report, blobs: Mapping[str, bytes]) -> ReportResult:
        """Take a report, or say why not.

        Args:
            reporter: Whose token it came with.
            report: The report.
            blobs: Contents that came beside it.

        Returns:
            What became of it; the same report twice gives the same answer.
        """
        received_ns = time.monotonic_ns()
        try:
            end = self._take(reporter, report, blobs, received_ns)
        except (JobNotFoundError, LeaseEndedError, OtherReportError, ReportMismatchError) as refused:
            problem = problem_of(refused)
            return ReportResult(report.job_id, problem.status, problem=problem)
        return ReportResult(report.job_id, 200, signature=end.controller_signature, record=end.record)

    def _take(
        self, reporter: LoggedIn, report: Report, blobs: Mapping[str, bytes], received_ns: int
    ) -> JobEnd:
        assert reporter.provider_id is not None  # noqa: S101 - providers' tokens only come here
        job = self._claim(reporter.provider_id, report.job_id)
        if job is None:
            return self._former_end(reporter.provider_id, report)
        try:
            contents = self._contents(report, blobs)
            check_report(job, report, contents, reporter.account, self._parts.identity.domain)
            end = self._make_end(job, report, contents, reporter, received_ns)
            self._store(job, end)
        except BaseException:
            # Whatever it was: a job that stayed so would never be taken from its provider.
            with self._state.lock:
                job.is_reporting = False
            raise
        return end

    def _claim(self, provider: ProviderId, job_id: JobId) -> HeldJob | None:
        now = self._parts.monotonic()
        with self._state.lock:
            job = self._state.jobs.get(job_id)
            if job is None or job.provider_id != provider:
                return None
            if job.is_reporting:
                raise OtherReportError(f"A report of the job {job_id} is being stored.")
            if job.handed_out_ns is None or job.lease_end_seconds <= now:
                raise LeaseEndedError(f"The lease of the job {job_id} has ended.")
            job.is_reporting = True
            # Nobody else gets it while the report is stored.
            job.lease_end_seconds = now + _CLAIMED_SECONDS
            return job

    def _former_end(self, provider: ProviderId, report: Report) -> JobEnd:
        with self._reader.connect() as connection:
            row = read_job(connection, report.job_id)
        if row is None or row.provider_id != provider:
            raise JobNotFoundError(f"There is no job {report.job_id} of provider {provider}.")
        if row.end is not None and row.end.record.receipt_hash == hash_receipt(report.receipt):
            return row.end
        if row.state is AttemptState.ENDED:
            raise OtherReportError(f"Another report of the job {report.job_id} was taken.")
        raise LeaseEndedError(f"The lease of the job {report.job_id} has ended.")

    def _contents(self, report: Report, blobs: Mapping[str, bytes]) -> ReportedContents:
        return ReportedContents(
            self._content(report.job_id, UploadKind.OUTPUT, report.output, blobs),
            self._content(report.job_id, UploadKind.LOG, report.log, blobs),
        )

    def _content(
        self, job: JobId, kind: UploadKind, named: BlobReference, blobs: Mapping[str, bytes]
    ) -> bytes:
        if named.part is not None:
            return blobs[named.part]
        with self._reader.connect() as connection:
            upload = read_upload(connection, job, kind)
        if upload is None:
            raise ReportMismatchError(f"The {kind.value} of the job {job} was not sent before its report.")
        return upload.read(self._parts.contents)

    def _make_end(
        self,
        job: HeldJob,
        report: Report,
        contents: ReportedContents,
        reporter: LoggedIn,
        received_ns: int,
    ) -> JobEnd:
        receipt, identity = report.receipt, self._parts.identity
        receipt_hash = hash_receipt(receipt)
        terms = job.call.version.terms
        bracket_ms = whole_ms(received_ns - (job.handed_out_ns or received_ns))
        billed_ms = billed_time_ms(receipt.run_ms, bracket_ms, terms.timeout_ms)
        return JobEnd(
            receipt=receipt,
            record=Record(receipt.status, billed_ms, receipt_hash),
            cost=job_cost(terms, job.batch_offer, receipt.status, billed_ms),
            operator=reporter.account,
            operator_signature=report.signature,
            controller_signature=identity.key.sign(identity.domain.digest(receipt_hash)),
            metrics=report.metrics.as_json(),
            sandbox=report.sandbox,
            reason=report.reason,
            output=keep_content(contents.output, self._parts.contents),
            log=keep_content(contents.log, self._parts.contents),
            times=CallTimes(
                job.processing_us, job.processing_us + report.start_delay_us, job.call.elapsed_us()
            ),
        )

    def _store(self, job: HeldJob, end: JobEnd) -> None:
        at_ms = self._parts.now_ms()
        call_end = self._call_end(job, end, at_ms)
        self._parts.at_point(ControllerPoint.BEFORE_STORE_REPORT)
        self._parts.writer.run(partial(store_report, job=job.row, end=end, at_ms=at_ms, call_end=call_end))
        if job.batch.lane is Lane.OPENED:
            # Once the batch is on the chain, the signature that goes out now is all that a payment needs.
            self._database.sync()
        self._parts.at_point(ControllerPoint.AFTER_STORE_REPORT)
        with self._state.lock:
            self._let_go(job, end)
            if call_end is None:
                if not end.was_for_room:
                    job.call.tried[job.provider_id] = _reason_of(end)
                self._placer.try_elsewhere(job.call)
            else:
                ended = replace(job.row, state=AttemptState.ENDED, ended_at_ms=at_ms, end=end)
                outcome = CallOutcome(call_end.state, ended, job.batch, call_end.problem)
                self._placer.finish(job.call, outcome)
            self._placer.pump()
            has_to_open = self._parts.filler.has_to_open
        if has_to_open:
            self._parts.on_closed()

    def _let_go(self, job: HeldJob, end: JobEnd) -> None:
        self._state.drop_job(job)
        self._parts.filler.job_ended(job.job_id)
        seat = self._state.seats.get(job.provider_id)
        if seat is not None:
            if end.was_for_room:
                seat.turn_away()
            else:
                seat.judge_end(is_good=end.record.status.is_final)
            seat.heard_seconds = self._parts.monotonic()

    def _call_end(self, job: HeldJob, end: JobEnd, at_ms: int) -> InvocationEnd | None:
        if not end.record.status.is_final:
            return None
        if end.record.status is Status.SUCCEEDED:
            return InvocationEnd(InvocationState.SUCCEEDED, at_ms, job.job_id)
        is_cancelled = end.record.status is Status.CANCELLED
        state = InvocationState.CANCELLED if is_cancelled else InvocationState.FAILED
        return InvocationEnd(state, at_ms, job.job_id, failure_problem(job, end))


def _reason_of(end: JobEnd) -> str:
    return f"{end.record.status.name.lower()}: {end.reason or 'no reason given'}"
