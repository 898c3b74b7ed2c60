"""Asks every ranker about every provider and puts the providers in order."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chainfaas.controller.scheduling.verdicts import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chainfaas.controller.scheduling.candidates import Candidate, Demand
    from chainfaas.controller.scheduling.policies import WeighedRanker
    from chainfaas.controller.scheduling.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Judgement:
    """All that was said about one provider.

    Attributes:
        candidate: The provider.
        answer: The answer that counts.
        score: Sum of the weighed scores.
        verdicts: What each rule said, up to the first that refused.
    """

    candidate: Candidate
    answer: Answer
    score: float
    verdicts: Mapping[str, Verdict]

    @property
    def reason(self) -> str:
        """The words of the rule whose answer counts."""
        decisive = [each.reason for each in self.verdicts.values() if each.answer is self.answer]
        return decisive[0] if decisive else "no rule spoke"


@dataclass(frozen=True, slots=True)
class Ranking:
    """The providers, the preferred first.

    Attributes:
        judgements: All of them, those that can have the job now before the others.
    """

    judgements: Sequence[Judgement]

    @property
    def best(self) -> Judgement | None:
        """The provider that is to have the job; ``None`` if none can have it now."""
        first = next(iter(self.judgements), None)
        return first if first is not None and first.answer is Answer.ACCEPT else None

    def of(self, answer: Answer) -> list[Judgement]:
        """Return those with an answer.

        Args:
            answer: The answer.
        """
        return [each for each in self.judgements if each.answer is answer]

    def reasons(self) -> dict[str, str]:
        """Return what speaks for or against each provider, by its number."""
        return {str(each.candidate.provider_id): each.reason for each in self.judgements}

    def as_json(self) -> dict[str, Any]:
        """Return everything that was said, as it is stored with the job."""
        return {
            str(each.candidate.provider_id): {
                "answer": each.answer.name.lower(),
                "score": round(each.score, 4),
                "reasons": {name: verdict.reason for name, verdict in each.verdicts.items()},
            }
            for each in self.judgements
        }


def rank_candidates(
    demand: Demand, candidates: Sequence[Candidate], chain: Sequence[WeighedRanker], lots: random.Random
) -> Ranking:
    """Put the providers in order.

    Args:
        demand: The job.
        candidates: The providers.
        chain: The rules.
        lots: Draws between those of the same score.

    Returns:
        All providers with what was said about each.
    """
    judged = [_judge(demand, candidate, chain) for candidate in candidates]
    keyed = [(each.answer, -each.score, lots.random(), index) for index, each in enumerate(judged)]
    return Ranking([judged[index] for *_, index in sorted(keyed)])


def _judge(demand: Demand, candidate: Candidate, chain: Sequence[WeighedRanker]) -> Judgement:
    verdicts: dict[str, Verdict] = {}
    answer, score = Answer.ACCEPT, 0.0
    for each in chain:
        verdict = each.ranker.judge(demand, candidate)
        verdicts[each.name] = verdict
        score += each.weight * verdict.score
        answer = max(answer, verdict.answer)
        if answer is Answer.REFUSE:
            break  # what it would need of the escrow is of no interest then
    return Judgement(candidate, answer, score, verdicts)
