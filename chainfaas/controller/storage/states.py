"""How far the controller's own rows have come; what the chain knows is in the indexer's tables alone."""

from __future__ import annotations

from enum import StrEnum


class InvocationState(StrEnum):
    """A call.

    ::

        queued <──> running ──> succeeded | failed
          └────────────┴──────> cancelled | failed
    """

    QUEUED = "queued"
    """It waits for a provider, the first time or again."""
    RUNNING = "running"
    """A provider has it."""
    SUCCEEDED = "succeeded"
    """The output is there. Nothing follows."""
    FAILED = "failed"
    """The function failed, or nobody could run it. Nothing follows."""
    CANCELLED = "cancelled"
    """The caller gave it up. Nothing follows."""

    @property
    def is_final(self) -> bool:
        """Whether nothing follows."""
        return self not in (InvocationState.QUEUED, InvocationState.RUNNING)


class AttemptState(StrEnum):
    """A job, as the controller has it.

    ::

        assigned ──> ended | lost | withdrawn
    """

    ASSIGNED = "assigned"
    """A provider has it, or is about to."""
    ENDED = "ended"
    """A report was taken; there is a record, for ever."""
    LOST = "lost"
    """Its lease ended without a report; there will be no record."""
    WITHDRAWN = "withdrawn"
    """It was never handed out; its place in the batch is a hole."""


class BatchState(StrEnum):
    """A batch.

    ::

        filling ──> closed ──> opening ──> done
                      └────────────────────^
    """

    FILLING = "filling"
    """More jobs may join."""
    CLOSED = "closed"
    """Its jobs are fixed."""
    OPENING = "opening"
    """The outbox has the transaction that opens it."""
    DONE = "done"
    """Nothing of it can happen on the chain any more, or nothing of ours."""


class Lane(StrEnum):
    """Which way a batch is to take to the chain."""

    FAST = "fast"
    """Short functions: recorded in one step after they have ended."""
    OPENED = "opened"
    """Others: opened while they run, settled afterwards."""
