"""A call that has not ended, as the controller holds it in memory."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from chainfaas.controller.storage.states import InvocationState, Lane
from chainfaas.domain.assignments import NO_CALL_AUTHORIZATION, Work

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chainfaas.controller.storage.batch_rows import BatchRow
    from chainfaas.controller.storage.chain_view import KnownVersion
    from chainfaas.controller.storage.idempotency_rows import IdempotencyKey
    from chainfaas.controller.storage.invocation_rows import InvocationRow
    from chainfaas.controller.storage.job_rows import JobRow
    from chainfaas.controller.storage.stored_content import StoredContent
    from chainfaas.domain.canonical_json import JsonValue
    from chainfaas.domain.identifiers import InvocationId, ProviderId


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """How a call ended.

    Attributes:
        state: A final state.
        job: The job whose answer it is, if there is one, with its end.
        batch: That job's batch.
        problem: Why there is no output.
    """

    state: InvocationState
    job: JobRow | None = None
    batch: BatchRow | None = None
    problem: Mapping[str, JsonValue] | None = None


@dataclass(slots=True)
class PendingCall:
    """A call. Its fields change under the exchange's lock only.

    Attributes:
        row: What the database has of it.
        version: What is to run.
        lane: Which way its jobs take to the chain.
        input: Its input.
        received_ns: When the request came, on the monotonic clock.
        give_up_seconds: When it is given up if it still waits, on the monotonic clock.
        key: The caller's idempotency key, if it sent one.
        attempt: Jobs that were begun for it.
        tried: Providers that had it, with what became of it there.
        is_stored: Whether its row is in the database.
        is_cancelled: Whether the caller gave it up.
        outcome: How it ended.
        response_us: From the request to the stored result.
        ended: Set when there is an outcome.
    """

    row: InvocationRow
    version: KnownVersion
    lane: Lane
    input: StoredContent
    received_ns: int
    give_up_seconds: float
    key: IdempotencyKey | None = None
    attempt: int = 0
    tried: dict[ProviderId, str] = field(default_factory=dict)
    is_stored: bool = False
    is_cancelled: bool = False
    outcome: CallOutcome | None = None
    response_us: int = 0
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def invocation_id(self) -> InvocationId:
        """Its number."""
        return self.row.invocation_id

    def work(self, attempt: int) -> Work:
        """Return the private side of one of its jobs.

        Args:
            attempt: Which attempt.
        """
        return Work(
            invocation_id=self.row.invocation_id,
            attempt=attempt,
            input_hash=self.row.input_hash,
            caller=self.row.account,
            call_authorization=NO_CALL_AUTHORIZATION,
            output_limit_bytes=self.row.output_limit_bytes,
        )

    @property
    def ended_row(self) -> InvocationRow | None:
        """What the database has of it now that it has ended; ``None`` before."""
        if self.outcome is None:
            return None
        job_id = None if self.outcome.job is None else self.outcome.job.job_id
        return replace(self.row, state=self.outcome.state, job_id=job_id, problem=self.outcome.problem)

    def elapsed_us(self) -> int:
        """Return the time since the request came, in microseconds."""
        return (time.monotonic_ns() - self.received_ns) // 1_000

    def finish(self, outcome: CallOutcome) -> None:
        """Tell those who wait how it ended.

        Args:
            outcome: How.
        """
        self.outcome = outcome
        self.response_us = self.elapsed_us()
        self.ended.set()
