"""A provider as the controller sees it: what it said last, what it was given since, and whether it waits."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chainfaas.controller.scheduling.candidates import Candidate

if TYPE_CHECKING:
    from chainfaas.controller.dispatch.held_job import HeldJob
    from chainfaas.domain.identifiers import JobId, ProviderId, VersionId
    from chainfaas.domain.prices import Offer
    from chainfaas.domain.wire.polls import Poll

_MEMORY_OF_PAST = 0.9


@dataclass(slots=True)
class ProviderSeat:
    """A provider that was heard since the controller started. Changes under the exchange's lock only.

    Attributes:
        provider_id: Its number.
        heard_seconds: When it was last heard, on the monotonic clock.
        poll: What it said last; ``None`` until its first poll.
        jobs: The jobs that it has.
        outbox: Jobs that its next answer brings.
        cancel: Jobs that its next answer calls off.
        waiter: Set to wake the poll that waits; ``None`` if none does.
        success_rate: Share of its late jobs that it brought to an end.
        is_full: Whether it has less room than it said last.
    """

    provider_id: ProviderId
    heard_seconds: float
    poll: Poll | None = None
    jobs: dict[JobId, HeldJob] = field(default_factory=dict)
    outbox: list[HeldJob] = field(default_factory=list)
    cancel: set[JobId] = field(default_factory=set)
    waiter: threading.Event | None = None
    success_rate: float = 1.0
    is_full: bool = False
    _told: frozenset[JobId] = frozenset()
    _told_memory_mib: int = 0
    _most_memory_mib: int = 0

    def hear(self, poll: Poll, now_seconds: float) -> None:
        """Take note of what the provider says.

        Args:
            poll: What it says.
            now_seconds: Monotonic.
        """
        self.poll = poll
        self.heard_seconds = now_seconds
        self.is_full = False
        # A job that was taken from it ends elsewhere, and frees no place of what it says now.
        self._told = frozenset(job_id for job_id in poll.running if job_id in self.jobs)
        self._told_memory_mib = sum(
            job.memory_mib for job_id, job in self.jobs.items() if job_id in self._told
        )
        # The most ever, since what it holds of jobs that were taken from it is in neither part.
        said_mib = poll.capacity.memory_mib + self._told_memory_mib
        self._most_memory_mib = max(self._most_memory_mib, said_mib)

    def is_present(self, now_seconds: float, presence_seconds: float) -> bool:
        """Whether it waits for jobs, or will in a moment.

        Args:
            now_seconds: Monotonic.
            presence_seconds: Silence up to which it counts as there.
        """
        return self.waiter is not None or now_seconds - self.heard_seconds <= presence_seconds

    def wake(self) -> None:
        """Have the poll that waits answered."""
        if self.waiter is not None:
            self.waiter.set()

    def turn_away(self) -> None:
        """Give it nothing before it says anew what it has free, for which its poll is answered at once."""
        self.is_full = True
        self.wake()

    def judge_end(self, *, is_good: bool) -> None:
        """Remember how a job ended.

        Args:
            is_good: Whether the provider brought it to an end.
        """
        self.success_rate = _MEMORY_OF_PAST * self.success_rate + (1 - _MEMORY_OF_PAST) * is_good

    def candidate(self, offer: Offer, version: VersionId, now_seconds: float) -> Candidate:
        """Return the provider as the scheduler looks at it.

        Args:
            offer: What it asks.
            version: What is to run.
            now_seconds: Monotonic.
        """
        if self.poll is None:
            return Candidate(self.provider_id, offer, now_seconds - self.heard_seconds)
        told, capacity = self._told, self.poll.capacity
        # The jobs that it named are counted already; those given since come off, those ended come back.
        given = [job for job_id, job in self.jobs.items() if job_id not in told]
        kept = [job for job_id, job in self.jobs.items() if job_id in told]
        kept_memory = sum(job.memory_mib for job in kept)
        depth = next((each.depth for each in self.poll.ready if each.version_id == version), None)
        if depth is not None:
            # Each job since takes one, so that a burst is spread over those who have some.
            depth = max(0, depth - sum(job.row.version_id == version for job in given))
        return Candidate(
            provider_id=self.provider_id,
            offer=offer,
            silent_seconds=0.0 if self.waiter is not None else now_seconds - self.heard_seconds,
            is_draining=self.poll.draining,
            free_memory_mib=capacity.memory_mib
            + (self._told_memory_mib - kept_memory)
            - sum(job.memory_mib for job in given),
            total_memory_mib=self._most_memory_mib,
            free_cpu_millis=capacity.cpu_millis,
            free_jobs=0 if self.is_full else capacity.jobs + (len(told) - len(kept)) - len(given),
            total_jobs=capacity.jobs + len(told),
            ready_depth=depth,
            success_rate=self.success_rate,
        )
