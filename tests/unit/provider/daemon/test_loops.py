from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from sqlalchemy import Engine

from chainfaas.domain.identifiers import ControllerId, JobId
from chainfaas.domain.outcomes import Status
from chainfaas.domain.records import Record
from chainfaas.domain.signatures import SigningKey
from chainfaas.domain.wire.problems import Problem
from chainfaas.domain.wire.reports import Report, ReportResult, ReportsAnswer, ReportsRequest
from chainfaas.observability.crash_points import pass_by
from chainfaas.provider.controller_api.controller_client import ControllerClient
from chainfaas.provider.controller_api.errors import ControllerRefusedError, ControllerUnreachableError
from chainfaas.provider.daemon.recovery import end_interrupted_jobs, open_reports
from chainfaas.provider.daemon.report_loop import ReportLoop, ReportParts
from chainfaas.provider.journal.job_journal import JobJournal
from chainfaas.provider.journal.job_record import EndedJob
from chainfaas.provider.journal.job_state import JobState
from chainfaas.provider.journal.journal_file import open_journal
from chainfaas.provider.receipts.receipt_maker import ReceiptMaker, RunOutcome
from tests.unit.provider.provider_samples import (
    CONTROLLER,
    CONTROLLER_KEY,
    DOMAIN,
    NOW_MS,
    OPERATOR_KEY,
    STRANGER_KEY,
    TERMS,
    new_job,
    sample_batch,
)

SAMPLE = sample_batch((b"one", b"two"))
JOBS = tuple(job.assignment.job_id for job in SAMPLE.jobs)
MAKER = ReceiptMaker(OPERATOR_KEY, DOMAIN)


@dataclass
class Client:
    """A controller's answers, one after another; the last one goes on."""

    answers: list[object] = field(default_factory=list)
    requests: list[ReportsRequest] = field(default_factory=list)
    contents: dict[str, bytes] = field(default_factory=dict)
    refuses_contents: bool = False

    def session(self) -> SimpleNamespace:
        controller = SimpleNamespace(key=CONTROLLER_KEY.address, controller_id=CONTROLLER)
        return SimpleNamespace(controller=controller, idle_wait_ms=25_000, lease_ms=9_000)

    def report(
        self, request: ReportsRequest, contents: Mapping[str, bytes]
    ) -> tuple[ReportsAnswer, Mapping[str, bytes]]:
        self.requests.append(request)
        self.contents |= contents
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, ReportsAnswer):
            return answer, {}
        return ReportsAnswer(tuple(taken(report) for report in request.reports)), {}

    def put_output(self, job: JobId, output: bytes) -> None:
        if self.refuses_contents:
            raise ControllerRefusedError(Problem(409, "lease-ended", "Too late."))
        self.contents[f"put-output-{job}"] = output

    def put_log(self, job: JobId, log: bytes) -> None:
        self.contents[f"put-log-{job}"] = log


def taken(report: Report, key: SigningKey = CONTROLLER_KEY, **changes: object) -> ReportResult:
    receipt_hash = ended_of(report).receipt_hash
    record = Record(report.receipt.status, max(1, report.receipt.run_ms), receipt_hash)
    record = replace(record, **changes)  # type: ignore[arg-type]
    return ReportResult(report.job_id, 200, key.sign(DOMAIN.digest(receipt_hash)), record)


def ended_of(report: Report) -> EndedJob:
    return next(ended for ended in ENDED if ended.job_id == report.job_id)


ENDED = [MAKER.ended(job, RunOutcome(Status.SUCCEEDED, 0, b"out", b"log"), NOW_MS) for job in SAMPLE.jobs]


@dataclass
class Desk:
    """A report loop and its journal."""

    engine: Engine
    client: Client = field(default_factory=Client)
    resolved: list[JobId] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.journal = JobJournal(self.engine)
        for job, ended in zip(SAMPLE.jobs, ENDED, strict=True):
            self.journal.accept(new_job(job))
            self.journal.store_report(ended)

    def deliver(self, ended: list[EndedJob]) -> None:
        """Hand reports in and wait until the loop has ended."""
        stop = threading.Event()
        loop = ReportLoop(
            ReportParts(
                client=cast("ControllerClient", self.client),
                journal=self.journal,
                domain=DOMAIN,
                terms=lambda _: TERMS,
                extra_poll=lambda _: None,
                on_poll_answer=lambda *_: None,
                on_result=lambda job: self._resolve(job, len(ended), stop, loop),
                at_point=pass_by,
            )
        )
        for each in ended:
            loop.hand_in(each)
        thread = threading.Thread(target=loop.run, args=(stop,))
        thread.start()
        thread.join(10)
        assert not thread.is_alive()

    def _resolve(self, job: JobId, wanted: int, stop: threading.Event, loop: ReportLoop) -> None:
        self.resolved.append(job)
        if len(self.resolved) == wanted:
            stop.set()
            loop.wake()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_journal(tmp_path) as engine:
        yield Desk(engine)


def test_report_loop__reports_taken__countersigned_with_their_cost(desk: Desk) -> None:
    desk.deliver(ENDED)
    records = [desk.journal.record(job) for job in JOBS]
    assert {record.state for record in records} == {JobState.COUNTERSIGNED}
    assert {record.cost for record in records} == {10**12 + 64 * 1_000}
    assert desk.client.contents[f"output-{JOBS[0]}"] == b"out"


@pytest.mark.parametrize(
    "result",
    [
        taken(ENDED[0].report, key=STRANGER_KEY),
        taken(ENDED[0].report, billed_ms=2),
        taken(ENDED[0].report, status=Status.FUNCTION_ERROR),
        ReportResult(JOBS[0], 409, problem=Problem(409, "lease-ended", "Too late.")),
        ReportResult(JOBS[0], 422, problem=Problem(422, "bad-hash", "Another output.")),
    ],
)
def test_report_loop__result_that_is_no_countersignature__refused_and_kept(
    desk: Desk, result: ReportResult
) -> None:
    desk.client.answers = [ReportsAnswer((result,))]
    desk.deliver(ENDED[:1])
    record = desk.journal.record(JOBS[0])
    assert record.state is JobState.REFUSED
    assert record.reason


def test_report_loop__controller_away__sent_again_until_taken(desk: Desk) -> None:
    desk.client.answers = [ControllerUnreachableError(), ControllerUnreachableError()]
    desk.deliver(ENDED)
    assert len(desk.client.requests) >= 3
    assert desk.journal.record(JOBS[1]).state is JobState.COUNTERSIGNED


def test_report_loop__answer_that_leaves_one_out__that_one_sent_again(desk: Desk) -> None:
    desk.client.answers = [ReportsAnswer((taken(ENDED[0].report),))]
    desk.deliver(ENDED)
    assert {desk.journal.record(job).state for job in JOBS} == {JobState.COUNTERSIGNED}


@pytest.mark.parametrize("refuses", [False, True])
def test_report_loop__long_contents__sent_by_themselves_before(desk: Desk, refuses: bool) -> None:
    job = SAMPLE.jobs[0]
    long = MAKER.ended(job, RunOutcome(Status.SUCCEEDED, 0, b"out", b"log"), NOW_MS, blob_limit_bytes=0)
    desk.client.refuses_contents = refuses
    desk.deliver([long])
    assert (f"put-output-{JOBS[0]}" in desk.client.contents) is not refuses
    assert f"output-{JOBS[0]}" not in desk.client.contents


def test_end_interrupted_jobs__accepted_job__given_back_as_infrastructure(tmp_path: Path) -> None:
    with open_journal(tmp_path) as engine:
        journal = JobJournal(engine)
        journal.accept(new_job(SAMPLE.jobs[0]))
        assert end_interrupted_jobs(journal, MAKER, NOW_MS) == 1
        assert end_interrupted_jobs(journal, MAKER, NOW_MS) == 0
        (ended,) = open_reports(journal, CONTROLLER)
        assert ended.report.receipt.status is Status.INFRASTRUCTURE
        assert ended.report.reason.startswith("interrupted")
        assert open_reports(journal, ControllerId(2)) == []


def test_open_reports__report_that_was_not_answered__as_it_was_stored(desk: Desk) -> None:
    assert open_reports(desk.journal, CONTROLLER) == ENDED
