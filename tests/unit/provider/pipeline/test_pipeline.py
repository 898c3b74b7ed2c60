from __future__ import annotations

import queue
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from sqlalchemy import Engine

from chainfaas.chain.bindings.peer_registry import ControllerKey
from chainfaas.chain.errors import ChainUnreachableError
from chainfaas.domain.amounts import TokenAmount
from chainfaas.domain.content_hashes import file_hash
from chainfaas.domain.encodings import Bytes32
from chainfaas.domain.identifiers import ControllerId, JobId
from chainfaas.domain.manifests import Image
from chainfaas.domain.outcomes import Status
from chainfaas.domain.wire.polls import AssignedJob, Capacity
from chainfaas.observability.crash_points import pass_by
from chainfaas.provider.controller_api.errors import ControllerUnreachableError
from chainfaas.provider.errors import ImageMissingError, SandboxLostError
from chainfaas.provider.journal.chain_notes import PublishedVersion
from chainfaas.provider.journal.job_journal import JobJournal
from chainfaas.provider.journal.job_record import EndedJob
from chainfaas.provider.journal.job_state import JobState
from chainfaas.provider.journal.job_sums import JobSums
from chainfaas.provider.journal.journal_file import open_journal
from chainfaas.provider.offers.exposure import Exposure
from chainfaas.provider.offers.room import Room
from chainfaas.provider.own_node.standing import Standing
from chainfaas.provider.pipeline.held_jobs import HeldJobs
from chainfaas.provider.pipeline.offered_job import OfferedJob
from chainfaas.provider.pipeline.pipeline import Pipeline, PipelineParts
from chainfaas.provider.pipeline.run_job import Workshop
from chainfaas.provider.pipeline.version_shelf import VersionShelf
from chainfaas.provider.receipts.receipt_maker import ReceiptMaker
from chainfaas.provider.sandbox.noop_runtime import NoopRuntime, Said
from tests.unit.provider.provider_samples import (
    CONTROLLER,
    CONTROLLER_KEY,
    DOMAIN,
    HOUSE,
    NOW,
    OPERATOR_KEY,
    PUBLISHED,
    sample_batch,
    sample_job,
)

CAPACITY = Capacity(memory_mib=128, cpu_millis=2_000, jobs=2)


@dataclass
class Link:
    """A controller as the pipeline sees it."""

    inputs: dict[JobId, bytes] = field(default_factory=dict)
    bundle: bytes = b""
    ended: queue.SimpleQueue[EndedJob] = field(default_factory=queue.SimpleQueue)
    controller_id: ControllerId = CONTROLLER
    blob_limit_bytes: int = 65_536

    def fetch_input(self, job: JobId) -> bytes:
        if job not in self.inputs:
            raise ControllerUnreachableError
        return self.inputs[job]

    def fetch_bundle(self, bundle_hash: Bytes32) -> bytes:
        return self.bundle

    def hand_in(self, ended: EndedJob) -> None:
        self.ended.put(ended)

    def next_end(self) -> EndedJob:
        return self.ended.get(timeout=10)


@dataclass
class Images:
    """Has images, or none."""

    missing: bool = False

    def fetch(self, image: Image) -> None:
        if self.missing:
            raise ImageMissingError


@dataclass
class Yard:
    """A pipeline and everything around it."""

    journal: JobJournal
    engine: Engine
    folder: Path
    link: Link = field(default_factory=Link)
    images: Images = field(default_factory=Images)
    held: HeldJobs = field(default_factory=HeldJobs)
    room: Room = field(default_factory=lambda: Room(CAPACITY))
    version: PublishedVersion | None = PUBLISHED
    is_node_silent: bool = False
    exposure_limit: int = 10**18
    ends: list[JobId] = field(default_factory=list)

    def controller(self, controller: ControllerId) -> ControllerKey:
        if self.is_node_silent:
            raise ChainUnreachableError
        return ControllerKey(CONTROLLER_KEY.address, None)

    def asks(self, *_: object) -> bool:
        return True

    def pipeline(self, runtime: object) -> Pipeline:
        shelf = VersionShelf(self.images, self.folder / "bundles")
        return Pipeline(
            PipelineParts(
                house=HOUSE,
                standing=cast("Standing", self),
                find_version=lambda _: self.version,
                room=self.room,
                exposure=Exposure(JobSums(self.engine).owed, TokenAmount(self.exposure_limit)),
                workshop=Workshop(cast("NoopRuntime", runtime), shelf, self.held, 1_000, 1_000, pass_by),
                receipts=ReceiptMaker(OPERATOR_KEY, DOMAIN),
                journal=self.journal,
                on_end=self.ends.append,
                now=lambda: float(NOW),
            )
        )

    def offer(self, job: AssignedJob, content: bytes | None = b"input") -> OfferedJob:
        return OfferedJob(self.link, job, content, time.monotonic_ns())

    def run(self, job: AssignedJob, content: bytes | None = b"input") -> EndedJob:
        """Submit a job to an echo and return its end."""
        pipeline = self.pipeline(NoopRuntime(lambda given: Said(given, b"log")))
        pipeline.submit(self.offer(job, content))
        ended = self.link.next_end()
        pipeline.close()
        return ended


@pytest.fixture
def yard(tmp_path: Path) -> Iterator[Yard]:
    with open_journal(tmp_path) as engine:
        yield Yard(JobJournal(engine), engine, tmp_path)


JOB = sample_job()
JOB_ID = JOB.assignment.job_id


def test_submit__fitting_job__run_stored_and_handed_in(yard: Yard) -> None:
    ended = yard.run(JOB)
    assert (ended.report.receipt.status, ended.output, ended.log) == (Status.SUCCEEDED, b"input", b"log")
    record = yard.journal.record(JOB_ID)
    assert (record.state, record.report) == (JobState.REPORTED, ended.report)
    assert record.reserved > 0
    assert (yard.ends, yard.room.free) == ([JOB_ID], CAPACITY)
    assert tuple(yard.held.of(CONTROLLER)) == (JOB_ID,)


def test_submit__input_by_itself__fetched(yard: Yard) -> None:
    yard.link.inputs[JOB_ID] = b"input"
    assert yard.run(JOB, None).output == b"input"


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"other", "work-mismatch: The input is not"), (None, "work-mismatch: The input could")],
)
def test_submit__input_that_does_not_come__declined(yard: Yard, content: bytes | None, reason: str) -> None:
    ended = yard.run(JOB, content)
    assert ended.report.receipt.status is Status.DECLINED
    assert ended.report.reason.startswith(reason)
    assert yard.journal.record(JOB_ID).reserved == 0


def test_submit__own_node_silent__declined(yard: Yard) -> None:
    yard.is_node_silent = True
    assert yard.run(JOB).report.reason.startswith("node-silent")


def test_submit__version_unknown__declined(yard: Yard) -> None:
    yard.version = None
    assert yard.run(JOB).report.reason.startswith("unknown-version")


def test_submit__image_missing__infrastructure_and_nothing_run(yard: Yard) -> None:
    yard.images.missing = True
    ended = yard.run(JOB)
    assert ended.report.receipt.status is Status.INFRASTRUCTURE
    assert ended.report.reason.startswith("image-missing")
    assert yard.room.free == CAPACITY


@pytest.mark.parametrize("sent", [b"the bundle", b"another"])
def test_submit__version_with_bundle__run_if_it_has_the_hash(yard: Yard, sent: bytes) -> None:
    yard.version = replace(PUBLISHED, bundle_hash=file_hash(b"the bundle"))
    yard.link.bundle = sent
    status = yard.run(JOB).report.receipt.status
    assert status is (Status.SUCCEEDED if sent == b"the bundle" else Status.INFRASTRUCTURE)


def test_submit__sandbox_that_is_lost__infrastructure(yard: Yard) -> None:
    def lose(request: object) -> None:
        raise SandboxLostError

    pipeline = yard.pipeline(SimpleNamespace(prepare=lose))
    pipeline.submit(yard.offer(JOB))
    assert yard.link.next_end().report.reason.startswith("sandbox-lost")
    pipeline.close()


def test_submit__no_room__declined(yard: Yard) -> None:
    yard.room = Room(Capacity(32, 2_000, 2))
    assert yard.run(JOB).report.reason.startswith("no-room")


def test_submit__above_the_exposure__declined(yard: Yard) -> None:
    yard.exposure_limit = 1
    assert yard.run(JOB).report.reason.startswith("exposure")
    assert yard.room.free == CAPACITY


def test_submit__draining__declined(yard: Yard) -> None:
    pipeline = yard.pipeline(NoopRuntime(Said))
    pipeline.drain()
    pipeline.submit(yard.offer(JOB))
    assert yard.link.next_end().report.reason.startswith("draining")
    pipeline.close()


def test_submit__held_already__taken_once(yard: Yard) -> None:
    pipeline = yard.pipeline(NoopRuntime(Said))
    pipeline.submit(yard.offer(JOB))
    pipeline.submit(yard.offer(JOB))
    yard.link.next_end()
    pipeline.close()
    assert yard.link.ended.empty()


def test_submit__answered_long_ago__not_run_again(yard: Yard) -> None:
    yard.run(JOB)
    yard.held.let_go(JOB_ID)
    pipeline = yard.pipeline(NoopRuntime(Said))
    pipeline.submit(yard.offer(JOB))
    assert yard.held.wait_until_empty(10)
    pipeline.close()
    assert yard.link.ended.empty()


def test_submit__cancelled_before_it_began__declined(yard: Yard) -> None:
    def cancel_meanwhile(request: object) -> SimpleNamespace:
        yard.held.cancel(JOB_ID)
        limits = SimpleNamespace(as_json=dict)
        return SimpleNamespace(limits=limits, discard=lambda: None)

    pipeline = yard.pipeline(SimpleNamespace(prepare=cancel_meanwhile, release=lambda *_: None))
    pipeline.submit(yard.offer(JOB))
    ended = yard.link.next_end()
    assert (ended.report.receipt.status, ended.report.reason) == (
        Status.DECLINED,
        "Cancelled before it began.",
    )
    pipeline.close()


def test_submit__many_at_once__all_end_and_the_room_is_whole_again(yard: Yard) -> None:
    contents = tuple(bytes((number,)) * 10 for number in range(20))
    batch = sample_batch(contents)
    pipeline = yard.pipeline(NoopRuntime(Said))
    for job, content in zip(batch.jobs, contents, strict=True):
        pipeline.submit(yard.offer(job, content))
    ends = [yard.link.next_end() for _ in contents]
    pipeline.close()
    assert {end.job_id for end in ends} == {job.assignment.job_id for job in batch.jobs}
    assert {end.report.receipt.status for end in ends} <= {Status.SUCCEEDED, Status.DECLINED}
    assert yard.room.free == CAPACITY
