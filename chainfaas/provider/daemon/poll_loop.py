"""Asks one controller for work, again and again, and keeps the leases of what runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from chainfaas.domain.errors import ChainFaaSError, SignatureError
from chainfaas.domain.signatures import check_signer
from chainfaas.domain.typed_data import SigningDomain, hash_lease
from chainfaas.domain.wire.polls import Poll
from chainfaas.provider.pipeline.offered_job import ControllerLink, OfferedJob

if TYPE_CHECKING:
    from collections.abc import Callable

    from chainfaas.domain.wire.polls import Capacity, PollAnswer, ReadyVersion
    from chainfaas.provider.controller_api.controller_client import ControllerClient
    from chainfaas.provider.pipeline.held_jobs import HeldJobs
    from chainfaas.provider.pipeline.pipeline import Pipeline

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
    capacity: Callable[[], Capacity]
    ready: Callable[[], tuple[ReadyVersion, ...]]
    domain: SigningDomain


class PollLoop:
    """One controller's polls, in one thread."""

    def __init__(self, parts: PollParts) -> None:
        """Ask nothing yet."""
        self._parts = parts
        self._in_flight: Poll | None = None

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
                stop.wait(FAULT_SECONDS)
                continue
            finally:
                self._in_flight = None
            self.take(answer, inputs)

    def make_poll(self, wait_ms: int) -> Poll:
        """Return a poll of this moment.

        Args:
            wait_ms: How long the controller may wait.
        """
        parts = self._parts
        return Poll(
            wait_ms=wait_ms,
            capacity=parts.capacity(),
            ready=parts.ready(),
            running=parts.held.of(parts.link.controller_id),
            draining=parts.pipeline.is_draining,
        )

    def extra_poll(self) -> Poll | None:
        """Return a poll that makes sense beside the one that waits, or None.

        It does where the waiting one said that there is less room than there is now. While nothing ran when
        that was sent it may wait longer than a lease, so that no job may come another way meanwhile.
        """
        waiting, free = self._in_flight, self._parts.capacity()
        if waiting is None or not waiting.running or self._parts.pipeline.is_draining:
            return None
        if free.jobs <= waiting.capacity.jobs and free.memory_mib <= waiting.capacity.memory_mib:
            return None
        return self.make_poll(0)

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
