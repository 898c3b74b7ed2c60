from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import cast

import pytest

from chainfaas.domain.identifiers import ControllerId, JobId, VersionId
from chainfaas.domain.leases import Lease
from chainfaas.domain.signatures import SigningKey
from chainfaas.domain.times import UnixSeconds
from chainfaas.domain.typed_data import hash_lease
from chainfaas.domain.wire.polls import Capacity, Poll, PollAnswer, SignedLease
from chainfaas.provider.controller_api.controller_client import ControllerClient
from chainfaas.provider.daemon.poll_loop import DRAINING_WAIT_MS, PollLoop, PollParts
from chainfaas.provider.offers.room import JobSize, Room
from chainfaas.provider.pipeline.held_jobs import HeldJobs
from chainfaas.provider.pipeline.offered_job import ControllerLink, OfferedJob
from chainfaas.provider.pipeline.pipeline import Pipeline
from tests.unit.provider.provider_samples import (
    CONTROLLER,
    CONTROLLER_KEY,
    DOMAIN,
    NOW,
    STRANGER_KEY,
    sample_batch,
)

SAMPLE = sample_batch((b"one", b"two"))
JOBS = tuple(job.assignment.job_id for job in SAMPLE.jobs)
VERSION = VersionId(1)
MEMORY_MIB = 128
CAPACITY = Capacity(1_024, 2_000, 2)
BESIDE_ONE = Capacity(1_024 - MEMORY_MIB, 2_000, 1)


@dataclass
class Floor:
    """A poll loop and what it does to the pipeline."""

    room: Room = field(default_factory=lambda: Room(CAPACITY))
    held: HeldJobs = field(default_factory=HeldJobs)
    is_draining: bool = False
    submitted: list[OfferedJob] = field(default_factory=list)
    controller_id: ControllerId = CONTROLLER

    def submit(self, offered: OfferedJob) -> None:
        self.submitted.append(offered)

    def loop(self) -> PollLoop:
        return PollLoop(
            PollParts(
                client=cast("ControllerClient", SimpleNamespace(session=_session)),
                link=cast("ControllerLink", self),
                pipeline=cast("Pipeline", self),
                held=self.held,
                room=self.room,
                memory_mib=lambda _: MEMORY_MIB,
                ready=tuple,
                domain=DOMAIN,
            )
        )


def _session() -> SimpleNamespace:
    controller = SimpleNamespace(key=CONTROLLER_KEY.address)
    return SimpleNamespace(controller=controller, idle_wait_ms=30_000, lease_ms=9_000)


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
    floor.held.add(JOBS[0], CONTROLLER, VERSION)
    floor.held.enter(JOBS[0], cast("object", SimpleNamespace(cancel=cancelled.set)))  # type: ignore[arg-type]
    floor.loop().take(answer, {})
    assert cancelled.is_set()


def test_make_poll__job_begins_runs_and_waits_for_its_answer__its_place_free_in_no_poll() -> None:
    floor = Floor()
    loop = floor.loop()
    floor.held.add(JOBS[0], CONTROLLER, VERSION)
    said = [loop.make_poll(0)]
    assert floor.room.take(JOBS[0], JobSize(MEMORY_MIB, 500))
    said.append(loop.make_poll(0))
    floor.room.give_back(JOBS[0])
    said.append(loop.make_poll(0))
    assert [(each.running, each.capacity.jobs) for each in said] == [(JOBS[:1], 1)] * 3
    assert {each.capacity.memory_mib for each in said} == {BESIDE_ONE.memory_mib}
    floor.held.let_go(JOBS[0])
    assert (loop.make_poll(0).running, loop.make_poll(0).capacity) == ((), CAPACITY)


def test_make_poll__another_controllers_job_has_ended__its_place_free() -> None:
    floor = Floor()
    floor.held.add(JOBS[0], ControllerId(2), VERSION)
    assert floor.loop().make_poll(0).capacity == CAPACITY


def test_extra_poll__more_room_than_the_waiting_poll_said__asked_along() -> None:
    floor = Floor()
    loop = floor.loop()
    floor.held.add(JOBS[0], CONTROLLER, VERSION)
    waiting(loop, JOBS[:1], BESIDE_ONE)
    poll = loop.extra_poll(JOBS[:1])
    assert poll is not None
    assert (poll.wait_ms, poll.running, poll.capacity) == (0, (), CAPACITY)


def test_extra_poll__no_sense_in_it__none() -> None:
    floor = Floor()
    loop = floor.loop()
    floor.held.add(JOBS[0], CONTROLLER, VERSION)
    assert loop.extra_poll(JOBS[:1]) is None
    waiting(loop, JOBS[:1], CAPACITY)
    assert loop.extra_poll(JOBS[:1]) is None
    waiting(loop, (), replace(CAPACITY, jobs=0))
    assert loop.extra_poll(JOBS[:1]) is None
    waiting(loop, JOBS[:1], BESIDE_ONE)
    assert loop.extra_poll(JOBS[1:]) is None
    floor.is_draining = True
    assert loop.extra_poll(JOBS[:1]) is None


def test_run__draining__no_poll_that_the_stop_would_wait_for() -> None:
    floor = Floor()
    loop = floor.loop()
    assert loop._wait_ms() == 30_000
    floor.held.add(JOBS[0], CONTROLLER, VERSION)
    assert loop._wait_ms() == 3_000
    floor.is_draining = True
    assert loop._wait_ms() == DRAINING_WAIT_MS < 1_000
