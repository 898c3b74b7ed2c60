"""Takes the polls of providers: hears what they have, waits until there is something to say, and says it."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainfaas.controller.crash_points import ControllerPoint
from chainfaas.controller.dispatch.provider_seat import ProviderSeat
from chainfaas.domain.leases import Lease
from chainfaas.domain.times import unix_seconds
from chainfaas.domain.typed_data import hash_assignment, hash_lease
from chainfaas.domain.wire.blobs import DEFAULT_BLOB_LIMIT_BYTES, BlobReference
from chainfaas.domain.wire.polls import AssignedJob, PollAnswer, SignedLease

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chainfaas.controller.dispatch.dispatch_state import DispatchParts, DispatchState
    from chainfaas.controller.dispatch.held_job import HeldJob
    from chainfaas.controller.dispatch.placer import Placer
    from chainfaas.domain.encodings import Bytes32
    from chainfaas.domain.identifiers import JobId, ProviderId
    from chainfaas.domain.signatures import Signature
    from chainfaas.domain.wire.polls import Poll

_LEASE_SHARE = 3
"""A provider that has jobs is answered three times in a lease at least."""

_STORING_SECONDS = 0.05
"""How long even a poll that does not wait waits for a job that is being stored for it."""


@dataclass(frozen=True, slots=True)
class AnsweredPoll:
    """What a provider is told.

    Attributes:
        answer: The message.
        blobs: The inputs beside it.
    """

    answer: PollAnswer
    blobs: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class _Said:
    jobs: Sequence[HeldJob]
    cancel: Sequence[JobId]
    unknown: Sequence[JobId]
    leased: Sequence[JobId]
    leased_seconds: float
    """Until the end of the first of these leases."""


class PollDesk:
    """Answers polls."""

    def __init__(self, parts: DispatchParts, state: DispatchState, placer: Placer) -> None:
        """Answer nothing yet.

        Args:
            parts: What dispatch works with.
            state: What it knows.
            placer: Finds providers for calls.
        """
        self._parts = parts
        self._state = state
        self._placer = placer

    def answer(self, provider: ProviderId, poll: Poll) -> AnsweredPoll:
        """Answer a poll, at once or when there is something to say.

        Args:
            provider: Whose poll.
            poll: What it says, and how long it lets us wait.

        Returns:
            What it is told; jobs in it count as handed out.
        """
        self._parts.numbers.refill()
        waiter = threading.Event()
        with self._state.lock:
            seat = self._hear(provider, poll)
            said = self._say(seat, poll)
            wait_seconds = self._wait_seconds(seat, poll)
            if not _is_something(said) and wait_seconds > 0 and not self._state.is_stopping:
                seat.wake()  # of two polls of one provider the later is answered
                seat.waiter = waiter
                self._placer.pump()
        if seat.waiter is waiter:
            waiter.wait(wait_seconds)
            with self._state.lock:
                # The caller of a poll that another has replaced may be gone: it gets nothing to run.
                if seat.waiter is waiter:
                    seat.waiter = None
                    seat.heard_seconds = self._parts.monotonic()
                    said = self._say(seat, poll)
        return self._written(said)

    def greet(self, provider: ProviderId) -> None:
        """Expect a provider that has just logged in: calls wait for its first poll.

        Args:
            provider: Its number.
        """
        with self._state.lock:
            self._seat(provider).heard_seconds = self._parts.monotonic()

    def _seat(self, provider: ProviderId) -> ProviderSeat:
        seat = self._state.seats.get(provider)
        if seat is None:
            seat = self._state.seats[provider] = ProviderSeat(provider, self._parts.monotonic())
        return seat

    def _hear(self, provider: ProviderId, poll: Poll) -> ProviderSeat:
        seat = self._seat(provider)
        seat.hear(poll, self._parts.monotonic())
        self._renew(seat, poll)
        self._placer.pump()
        return seat

    def _wait_seconds(self, seat: ProviderSeat, poll: Poll) -> float:
        settings = self._parts.settings
        longest = settings.lease_seconds / _LEASE_SHARE if seat.jobs else settings.idle_wait_seconds
        is_being_stored = any(
            job.handed_out_ns is None and job not in seat.outbox for job in seat.jobs.values()
        )
        return max(min(poll.wait_ms / 1_000, longest), _STORING_SECONDS if is_being_stored else 0.0)

    def _renew(self, seat: ProviderSeat, poll: Poll) -> list[JobId]:
        now = self._parts.monotonic()
        named = (seat.jobs.get(job_id) for job_id in poll.running)
        renewed = [job for job in named if job is not None and job.lease_end_seconds > now]
        for job in renewed:
            job.renew(now, self._parts.settings.lease_seconds)
        return [job.job_id for job in renewed]

    def _say(self, seat: ProviderSeat, poll: Poll) -> _Said:
        now, now_ns = self._parts.monotonic(), time.monotonic_ns()
        jobs = [job for job in seat.outbox if not job.call.is_cancelled]
        seat.outbox = [job for job in seat.outbox if job.call.is_cancelled]
        for job in jobs:
            job.handed_out_ns = now_ns
            job.processing_us = job.call.elapsed_us()
            job.hand_out(now, self._parts.settings.lease_seconds)
        held = self._renew(seat, poll)
        cancel = [job_id for job_id in held if job_id in seat.cancel]
        seat.cancel.difference_update(cancel)
        unknown = [job_id for job_id in poll.running if job_id not in held]
        leased = [*(seat.jobs[job_id] for job_id in held), *jobs]
        ends = [job.lease_end_seconds - now for job in leased]
        return _Said(jobs, cancel, unknown, [job.job_id for job in leased], min(ends, default=0.0))

    def _written(self, said: _Said) -> AnsweredPoll:
        if said.jobs:
            self._parts.at_point(ControllerPoint.BEFORE_HAND_OUT)
        blobs: dict[str, bytes] = {}
        answer = PollAnswer(
            assignments=tuple(self._assigned(job, blobs) for job in said.jobs),
            cancel=tuple(said.cancel),
            unknown=tuple(said.unknown),
            lease=self._lease(said.leased, said.leased_seconds),
        )
        if said.jobs:
            self._parts.at_point(ControllerPoint.AFTER_HAND_OUT)
        return AnsweredPoll(answer, blobs)

    def _assigned(self, job: HeldJob, blobs: dict[str, bytes]) -> AssignedJob:
        assignment, content = job.assignment(), job.call.input
        part = None
        if content.size_bytes <= DEFAULT_BLOB_LIMIT_BYTES:
            part = f"input-{job.job_id}"
            blobs[part] = content.read(self._parts.contents)
        return AssignedJob(
            assignment=assignment,
            signature=self._sign(hash_assignment(assignment)),
            work=job.call.work(job.row.attempt),
            input=BlobReference(part, content.size_bytes),
        )

    def _lease(self, jobs: Sequence[JobId], seconds: float) -> SignedLease | None:
        if not jobs:
            return None
        # Rounded down: what is signed never promises more than what is kept.
        until = int(self._parts.unix_time() + seconds)
        lease = Lease(tuple(jobs), unix_seconds(until))
        return SignedLease(lease, self._sign(hash_lease(lease)))

    def _sign(self, struct_hash: Bytes32) -> Signature:
        identity = self._parts.identity
        return identity.key.sign(identity.domain.digest(struct_hash))


def _is_something(said: _Said) -> bool:
    return bool(said.jobs or said.cancel or said.unknown)
