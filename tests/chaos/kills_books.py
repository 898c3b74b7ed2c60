"""What the controller and the chain say of a system's jobs, to be held against each other."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

from chainfaas.chain.connection import connect
from chainfaas.chain.event_decoder import ChainEvent
from chainfaas.chain.head_follower import HeadFollower
from chainfaas.chain.headers import HeadClock
from chainfaas.client.answers import object_members
from chainfaas.client.chain_access import ChainAccess
from chainfaas.client.controller_client import ControllerClient
from chainfaas.domain.identifiers import INDEX_BITS, InvocationId, JobId

ENDS = frozenset(("JobRecorded", "JobSettled", "JobUnfunded", "JobExpired", "JobDeclined"))
LIFE_SECONDS = 25.0
"""More than from a job's assignment to its deadline; nothing is opened any later."""
PAID = frozenset(("JobRecorded", "JobSettled"))


@dataclass(frozen=True)
class Attempt:
    """A job, as the controller has it."""

    job: JobId
    state: str
    cost: int
    assigned_seconds: float
    """Unix seconds."""


def read_attempts(
    client: ControllerClient, invocations: Sequence[InvocationId]
) -> dict[InvocationId, list[Attempt]]:
    """Read the attempts of calls."""

    def read(invocation: InvocationId) -> list[Attempt]:
        jobs = object_members(client.invocation(invocation).document, "jobs")
        return [
            Attempt(
                job=JobId(int(str(job["job"]))),
                state=str(job["state"]),
                cost=int(str(job.get("cost", 0))),
                assigned_seconds=int(str(job["assignedAtMs"])) / 1_000,
            )
            for job in jobs
        ]

    with ThreadPoolExecutor(4) as pool:
        return dict(zip(invocations, pool.map(read, invocations), strict=True))


@dataclass(frozen=True)
class ChainBook:
    """What became of jobs on the chain."""

    events: Sequence[ChainEvent]
    seconds: int
    """Time of the block up to which it was read."""

    def has_ended(self, attempt: Attempt) -> bool:
        """Whether a job has its end, or is free and too old to be taken by the chain."""
        if self.ends[attempt.job]:
            return True
        is_unseen = not attempt.cost and attempt.job not in self.reserves
        return is_unseen and self.seconds > attempt.assigned_seconds + LIFE_SECONDS

    @cached_property
    def ends(self) -> Counter[JobId]:
        """How often each job ended."""
        return Counter(_job(event) for event in self.events if event.name in ENDS)

    @property
    def costs(self) -> dict[JobId, int]:
        """What was paid for each job that was paid."""
        return {_job(event): int(str(event.args["cost"])) for event in self.events if event.name in PAID}

    @property
    def gross(self) -> int:
        """What left escrows, by the payments themselves."""
        return sum(int(str(event.args["gross"])) for event in self.events if event.name == "Paid")

    @cached_property
    def reserves(self) -> dict[JobId, int]:
        """What is reserved for each job that was opened and has not ended."""
        ends = self.ends
        opened = [event for event in self.events if event.name == "JobOpened"]
        return {_job(event): int(str(event.args["reserved"])) for event in opened if not ends[_job(event)]}

    @property
    def paths(self) -> set[str]:
        """The ways that jobs were paid."""
        return {event.name for event in self.events if event.name in PAID}

    def story(self, job: JobId) -> list[str]:
        """What the chain says of a job and of its batch."""
        ids = {"jobId": job, "batchId": job >> INDEX_BITS}
        return [
            f"{event.name} {dict(event.args)}"
            for event in self.events
            if any(event.args.get(name) == value for name, value in ids.items())
        ]

    @property
    def summary(self) -> str:
        """How many jobs ended in which way."""
        ways = Counter(event.name for event in self.events if event.name in ENDS)
        return ", ".join(f"{count} {way}" for way, count in sorted(ways.items()))


def follow_books(chain: ChainAccess, patience_seconds: float) -> Generator[ChainBook]:
    """Read all blocks up to the head, and again with each head that follows, for some time."""
    end_seconds, clock, stop = time.monotonic() + patience_seconds, HeadClock(1.0), threading.Event()
    thread = threading.Thread(target=HeadFollower(connect(chain.endpoint), clock).run, args=(stop,))
    thread.start()
    try:
        seen = None
        while time.monotonic() < end_seconds:
            seen = clock.wait_for_other(seen, patience_seconds)
            first, head = chain.deployments.first_block, chain.reader.head()
            yield ChainBook(chain.reader.read_events_in_range(first, head.number), head.timestamp)
    finally:
        stop.set()
        thread.join()


def _job(event: ChainEvent) -> JobId:
    return JobId(int(str(event.args["jobId"])))
