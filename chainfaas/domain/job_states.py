"""What a job can be on chain, and how it gets there.

::

    none ─ open ─────────> open ─ settle ──> settled
      │                      ├─── decline ─> declined
      │                      └─── expire ──> expired
      ├─── record ───────> recorded
      └─── leave unfunded > unfunded
"""

from __future__ import annotations

from enum import StrEnum

from chainfaas.domain.errors import InvalidTransitionError


class JobState(StrEnum):
    """Where a job stands in the ledger."""

    NONE = "none"
    """The chain knows nothing of it."""
    OPEN = "open"
    """Its cost is reserved."""
    SETTLED = "settled"
    """It was opened, ended, and is paid or given back as its status says."""
    DECLINED = "declined"
    """The provider gave it back; nothing was charged."""
    EXPIRED = "expired"
    """Nobody settled it in time; the reserve went back."""
    RECORDED = "recorded"
    """It was priced and paid in one step without having been opened."""
    UNFUNDED = "unfunded"
    """The escrow could not carry it, or its version is unknown; nothing was charged."""

    @property
    def is_final(self) -> bool:
        """Whether nothing can happen to it any more."""
        return not any(source is self for source, _ in _EDGES)


class JobStep(StrEnum):
    """What the ledger does to a job."""

    OPEN = "open"
    """JobOpened."""
    SETTLE = "settle"
    """JobSettled."""
    DECLINE = "decline"
    """JobDeclined."""
    EXPIRE = "expire"
    """JobExpired."""
    RECORD = "record"
    """JobRecorded, the fast path."""
    LEAVE_UNFUNDED = "leave-unfunded"
    """JobUnfunded."""


_EDGES: dict[tuple[JobState, JobStep], JobState] = {
    (JobState.NONE, JobStep.OPEN): JobState.OPEN,
    (JobState.OPEN, JobStep.SETTLE): JobState.SETTLED,
    (JobState.OPEN, JobStep.DECLINE): JobState.DECLINED,
    (JobState.OPEN, JobStep.EXPIRE): JobState.EXPIRED,
    (JobState.NONE, JobStep.RECORD): JobState.RECORDED,
    (JobState.NONE, JobStep.LEAVE_UNFUNDED): JobState.UNFUNDED,
}


def transition(state: JobState, step: JobStep) -> JobState:
    """Return where ``step`` takes a job that stands at ``state``.

    Raises:
        InvalidTransitionError: the protocol has no such edge.
    """
    target = _EDGES.get((state, step))
    if target is None:
        raise InvalidTransitionError(f"A job that is {state} cannot take the step {step}.")
    return target
