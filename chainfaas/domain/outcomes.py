"""How a job ended, and what that means for its price and for another attempt."""

from __future__ import annotations

from enum import IntEnum

from chainfaas.domain.errors import InvalidOutcomeError

NO_ROOM = "no-room"
"""First word of the reason with which a provider declines a job that it would run later."""


class Status(IntEnum):
    """The end of one attempt, as record and receipt carry it."""

    SUCCEEDED = 1
    """The function ended well and its output is the answer. Paid, final."""
    FUNCTION_ERROR = 2
    """The function ended with another exit code than 0. Paid, final."""
    TIMED_OUT = 3
    """The version's time-out passed and the run was stopped. Paid, final."""
    OUT_OF_MEMORY = 4
    """The function wanted more memory than the version allows. Paid, final."""
    OUTPUT_LIMIT = 5
    """The function wrote more output than the call allows. Paid, final."""
    CANCELLED = 6
    """The caller gave up; the time until then is paid. Final."""
    PROVIDER_LOST = 7
    """The provider fell silent. Free, tried elsewhere."""
    INFRASTRUCTURE = 8
    """The provider could not run it: image, engine, disk. Free, tried elsewhere."""
    DECLINED = 9
    """The provider gave it back before running. Free, tried elsewhere."""

    @property
    def is_paid(self) -> bool:
        """Whether the run is charged; the contracts set every other cost to 0."""
        return self < Status.PROVIDER_LOST

    @property
    def is_final(self) -> bool:
        """Whether the invocation ends with this attempt; otherwise it is tried elsewhere."""
        return self.is_paid


def may_be_offered_again(ended: Status, reason: str) -> bool:
    """Say whether the provider of an attempt may have the same call again: nothing but room was missing.

    Args:
        ended: How the attempt ended.
        reason: Why, in the provider's words.
    """
    return ended is Status.DECLINED and reason.partition(":")[0] == NO_ROOM


def status(value: int) -> Status:
    """Return the status with this number.

    Raises:
        InvalidOutcomeError: it is not from 1 to 9.
    """
    try:
        return Status(value)
    except ValueError:
        raise InvalidOutcomeError(f"The status {value} is not from 1 to 9.") from None
