"""What a ranker says about a provider."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Answer(IntEnum):
    """Whether a provider can have a job; of several answers the highest counts."""

    ACCEPT = 0
    """Now."""
    WAIT = 1
    """Not now, but likely soon."""
    REFUSE = 2
    """Not as things are."""
    UNFUNDED = 3
    """It could, if the escrow held more."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A ranker's word on a provider.

    Attributes:
        answer: Whether it can have the job.
        score: How much speaks for it, 0 to 1.
        reason: Why, for people.
    """

    answer: Answer
    score: float
    reason: str


def accept(score: float, reason: str) -> Verdict:
    """Return that a provider can have the job now.

    Args:
        score: How much speaks for it; cut to 0 to 1.
        reason: Why.
    """
    return Verdict(Answer.ACCEPT, min(1.0, max(0.0, score)), reason)


def wait(reason: str) -> Verdict:
    """Return that a provider can have the job later.

    Args:
        reason: What is in the way.
    """
    return Verdict(Answer.WAIT, 0.0, reason)


def refuse(reason: str) -> Verdict:
    """Return that a provider cannot have the job.

    Args:
        reason: What is in the way.
    """
    return Verdict(Answer.REFUSE, 0.0, reason)
