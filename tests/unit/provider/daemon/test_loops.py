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
from chainfaas.domain.leases import Lease
from chainfaas.domain.outcomes import Status
from chainfaas.domain.records import Record
from chainfaas.domain.signatures import SigningKey
from chainfaas.domain.times import UnixSeconds
from chainfaas.domain.typed_data import hash_lease
from chainfaas.domain.wire.polls import Capacity, Poll, PollAnswer, SignedLease
from chainfaas.domain.wire.problems import Problem
from chainfaas.domain.wire.reports import Report, ReportResult, ReportsAnswer, ReportsRequest
from chainfaas.provider.controller_api.controller_client import ControllerClient
from chainfaas.provider.controller_api.errors import ControllerRefusedError, ControllerUnreachableError
from chainfaas.provider.crash_points import pass_by
from chainfaas.provider.daemon.poll_loop import PollLoop, PollParts
from chainfaas.provider.daemon.recovery import end_interrupted_jobs, open_reports
from chainfaas.provider.daemon.report_loop import ReportLoop, ReportParts
from chainfaas.provider.journal.job_journal import JobJournal
from chainfaas.provider.journal.job_record import EndedJob
from chainfaas.provider.journal.job_state import JobState
from chainfaas.provider.journal.journal_file import open_journal
from chainfaas.provider.pipeline.held_jobs import HeldJobs
from chainfaas.provider.pipeline.offered_job import ControllerLink, OfferedJob
from chainfaas.provider.pipeline.pipeline import Pipeline
from chainfaas.provider.receipts.receipt_maker import ReceiptMaker, RunOutcome
from tests.unit.provider.provider_samples import (
    CONTROLLER,
    CONTROLLER_KEY,
    DOMAIN,
    NOW,
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
CAPACITY = Capacity(1_024, 2_000, 2)


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
                extra_poll=lambda: None,
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


@dataclass
class Floor:
    """A poll loop and what it does to the pipeline."""

    free: Capacity = CAPACITY
    held: HeldJobs = field(default_factory=HeldJobs)
    is_draining: bool = False
    submitted: list[OfferedJob] = field(default_factory=list)
    controller_id: ControllerId = CONTROLLER

    def submit(self, offered: OfferedJob) -> None:
        self.submitted.append(offered)

    def loop(self) -> PollLoop:
        return PollLoop(
            PollParts(
                client=cast("ControllerClient", Client()),
                link=cast("ControllerLink", self),
                pipeline=cast("Pipeline", self),
                held=self.held,
                capacity=lambda: self.free,
                ready=tuple,
                domain=DOMAIN,
            )
        )


def waiting(loop: PollLoop, running: tuple[JobId, ...], capacity: Capacity) -> None:
    loop._in_flight = Poll(3_000, capacity, (), running, draining=False)


def test_take__assignments__submitted_with_the_inputs_that_came() -> None:
    floor = Floor()
    part = SAMPLE.jobs[0].input.part
    by_itself = replace(SAMPLE.jobs[1], input=replace(SAMPLE.jobs[1].input, part=None))
    floor.loop().take(PollAnswer((SAMPLE.jobs[0], by_itself)), {part or "": b"one"})
    assert [(each.job_id, each.input) for each in floor.submitted] == [(JOBS[0], b"one"), (JOBS[1], None)]


@pytest.mark.parametrize("key", [CONTROLLER_KEY, STRANGER_KEY])
def test_take__lease__unsigned_ones_change_nothing(key: SigningKey) -> None:
    floor = Floor()
    lease = Lease(JOBS, UnixSeconds(NOW + 10))
    floor.loop().take(PollAnswer(lease=SignedLease(lease, key.sign(DOMAIN.digest(hash_lease(lease))))), {})
    assert floor.submitted == []


@pytest.mark.parametrize("answer", [PollAnswer(cancel=JOBS[:1]), PollAnswer(unknown=JOBS[:1])])
def test_take__job_to_stop__its_sandbox_cancelled(answer: PollAnswer) -> None:
    floor, cancelled = Floor(), threading.Event()
    floor.held.add(JOBS[0], CONTROLLER)
    floor.held.enter(JOBS[0], cast("object", SimpleNamespace(cancel=cancelled.set)))  # type: ignore[arg-type]
    floor.loop().take(answer, {})
    assert cancelled.is_set()


def test_extra_poll__more_room_than_the_waiting_poll_said__asked_along() -> None:
    floor = Floor()
    loop = floor.loop()
    waiting(loop, JOBS[:1], replace(CAPACITY, jobs=0))
    poll = loop.extra_poll()
    assert poll is not None
    assert (poll.wait_ms, poll.capacity) == (0, CAPACITY)


def test_extra_poll__no_sense_in_it__none() -> None:
    floor = Floor()
    loop = floor.loop()
    assert loop.extra_poll() is None
    waiting(loop, JOBS[:1], CAPACITY)
    assert loop.extra_poll() is None
    waiting(loop, (), replace(CAPACITY, jobs=0))
    assert loop.extra_poll() is None
    waiting(loop, JOBS[:1], replace(CAPACITY, jobs=0))
    floor.is_draining = True
    assert loop.extra_poll() is None
