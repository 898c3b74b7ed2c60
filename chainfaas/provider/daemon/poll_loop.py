"""Asks one controller for work, again and again, and keeps the leases of what runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from chainfaas.domain.errors import ChainFaaSError, SignatureError
from chainfaas.domain.signatures import check_signer
from chainfaas.domain.typed_data import SigningDomain, hash_lease
from chainfaas.domain.wire.polls import Poll
from chainfaas.provider.daemon.controller_contact import ContactNotes
from chainfaas.provider.pipeline.offered_job import ControllerLink, OfferedJob

if TYPE_CHECKING:
    from collections.abc import Callable

    from chainfaas.domain.identifiers import JobId, VersionId
    from chainfaas.domain.wire.polls import PollAnswer, ReadyVersion
    from chainfaas.provider.controller_api.controller_client import ControllerClient
    from chainfaas.provider.offers.room import Room
    from chainfaas.provider.pipeline.held_jobs import HeldJobs
    from chainfaas.provider.pipeline.pipeline import Pipeline

DRAINING_WAIT_MS = 200
"""How long a poll waits while the provider stops, which waits for the poll."""
FAULT_SECONDS = 1.0
"""Pause after a poll that failed."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class PollParts:
    """What a poll loop works with."""

    client: ControllerClient
    link: ControllerLink
    pipeline: Pipeline
    held: HeldJobs
    room: Room
    memory_mib: Callable[[VersionId], int]
    """What a version needs, as far as the own node has shown it; does not wait."""
    ready: Callable[[], tuple[ReadyVersion, ...]]
    domain: SigningDomain


class PollLoop:
    """One controller's polls, in one thread."""

    def __init__(self, parts: PollParts) -> None:
        """Ask nothing yet."""
        self._parts = parts
        self._in_flight: Poll | None = None
        self.notes = ContactNotes()
        """What the tries to reach the controller came to."""

    def run(self, stop: threading.Event) -> None:
        """Poll until told to stop.

        Args:
            stop: Set by another thread; a poll that waits at that moment is still waited for.
        """
        while not stop.is_set():
            poll = self.make_poll(self._wait_ms())
            self._in_flight = poll
            try:
                answer, inputs = self._parts.client.poll(poll)
            except ChainFaaSError as fault:
                _log.warning("The controller cannot be polled.", action="poll_failed", fault=str(fault))
                self.notes.failed(str(fault))
                stop.wait(FAULT_SECONDS)
                continue
            finally:
                self._in_flight = None
            self.notes.answered()
            self.take(answer, inputs)

    def make_poll(self, wait_ms: int, reported: Collection[JobId] = ()) -> Poll:
        """Return a poll of this moment.

        Args:
            wait_ms: How long the controller may wait.
            reported: Jobs that have an end before the controller reads it.
        """
        parts = self._parts
        # The jobs first: what arrives in between is missed by both, and never counted as free.
        running = parts.held.of(parts.link.controller_id)
        needed = {job: parts.memory_mib(version) for job, version in running.items() if job not in reported}
        return Poll(
            wait_ms=wait_ms,
            capacity=parts.room.free_beside(needed),
            ready=parts.ready(),
            running=tuple(needed),
            draining=parts.pipeline.is_draining,
        )

    def extra_poll(self, reported: Collection[JobId]) -> Poll | None:
        """Return a poll that makes sense beside the one that waits, or None.

        It does where the waiting one said that there is less room than there is now. While nothing ran when
        that was sent it may wait longer than a lease, so that no job may come another way meanwhile.

        Args:
            reported: The jobs whose reports it is to go with.
        """
        waiting = self._in_flight
        if waiting is None or not waiting.running or self._parts.pipeline.is_draining:
            return None
        poll, said = self.make_poll(0, reported), waiting.capacity
        if poll.capacity.jobs <= said.jobs and poll.capacity.memory_mib <= said.memory_mib:
            return None
        return poll

    def take(self, answer: PollAnswer, inputs: Mapping[str, bytes]) -> None:
        """Start and stop what an answer says.

        Args:
            answer: The answer.
            inputs: What came with it, by part.
        """
        arrived_ns = time.monotonic_ns()
        self._check_lease(answer)
        for job in (*answer.unknown, *answer.cancel):
            self._parts.held.cancel(job)
        for assigned in answer.assignments:
            part = assigned.input.part
            content = None if part is None else inputs[part]
            self._parts.pipeline.submit(OfferedJob(self._parts.link, assigned, content, arrived_ns))

    def _wait_ms(self) -> int:
        session = self._session_or_none()
        if session is None:
            return 0
        idle_ms, lease_ms = session
        if self._parts.pipeline.is_draining:
            return min(DRAINING_WAIT_MS, lease_ms // 3)
        return lease_ms // 3 if self._parts.held.of(self._parts.link.controller_id) else idle_ms

    def _session_or_none(self) -> tuple[int, int] | None:
        try:
            session = self._parts.client.session()
        except ChainFaaSError:
            return None  # the poll that follows says why
        return session.idle_wait_ms, session.lease_ms

    def _check_lease(self, answer: PollAnswer) -> None:
        if answer.lease is None:
            return
        digest = self._parts.domain.digest(hash_lease(answer.lease.lease))
        try:
            check_signer(digest, answer.lease.signature, self._parts.client.session().controller.key)
        except (SignatureError, ChainFaaSError) as fault:
            _log.warning(
                "A lease is not signed by its controller.", action="lease_unsigned", fault=str(fault)
            )
