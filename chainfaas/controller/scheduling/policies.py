"""Policies: how much each ranker's score counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from chainfaas.controller.scheduling.rankers.availability import Availability
from chainfaas.controller.scheduling.rankers.earlier_attempts import EarlierAttempts
from chainfaas.controller.scheduling.rankers.funds import Funds
from chainfaas.controller.scheduling.rankers.load import Load
from chainfaas.controller.scheduling.rankers.price import AskedPrice
from chainfaas.controller.scheduling.rankers.room import Room
from chainfaas.controller.scheduling.rankers.success import Success
from chainfaas.controller.scheduling.rankers.warmth import Warmth
from chainfaas.controller.settings import Policy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chainfaas.controller.scheduling.candidates import Candidate, Demand
    from chainfaas.controller.scheduling.verdicts import Verdict


class Ranker(Protocol):
    """One rule."""

    def judge(self, demand: Demand, candidate: Candidate) -> Verdict:
        """Say whether a provider can have a job, how much speaks for it, and why."""
        ...


@dataclass(frozen=True, slots=True)
class WeighedRanker:
    """A rule, and how much its score counts.

    Attributes:
        name: The rule's name in stored reasons.
        ranker: The rule.
        weight: What its score is multiplied with.
    """

    name: str
    ranker: Ranker
    weight: float


_WEIGHTS: Mapping[Policy, Mapping[str, float]] = {
    Policy.BALANCED: {"warmth": 4.0, "success": 3.0, "load": 2.0, "price": 2.0, "room": 1.0},
    Policy.CHEAPEST: {"price": 100.0, "success": 2.0, "warmth": 1.0, "load": 1.0},
    Policy.FASTEST: {"warmth": 100.0, "load": 10.0, "success": 5.0},
    Policy.RANDOM: {},
}


def chain_of(policy: Policy, presence_seconds: float, absence_seconds: float) -> Sequence[WeighedRanker]:
    """Return the rules in the order in which they are asked.

    Args:
        policy: What is preferred.
        presence_seconds: Silence up to which a provider is there.
        absence_seconds: Silence up to which it is worth waiting for.
    """
    rankers: Mapping[str, Ranker] = {
        "availability": Availability(presence_seconds, absence_seconds),
        "earlier_attempts": EarlierAttempts(),
        "price": AskedPrice(),
        "room": Room(),
        "load": Load(),
        "warmth": Warmth(),
        "success": Success(),
        "funds": Funds(),
    }
    weights = _WEIGHTS[policy]
    return [WeighedRanker(name, ranker, weights.get(name, 0.0)) for name, ranker in rankers.items()]
