"""Whether the developer's escrow can carry what the provider asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainfaas.controller.scheduling.verdicts import Answer, Verdict, accept
from chainfaas.domain.amounts import format_tokens
from chainfaas.domain.prices import reserved_cost

if TYPE_CHECKING:
    from chainfaas.controller.scheduling.candidates import Candidate, Demand


@dataclass(frozen=True, slots=True)
class Funds:
    """Takes those whose job the escrow can promise to pay."""

    def judge(self, demand: Demand, candidate: Candidate) -> Verdict:
        """Compare what would be reserved with what is left.

        Args:
            demand: The job.
            candidate: The provider.
        """
        needed = reserved_cost(demand.terms, candidate.offer)
        if needed <= min(demand.spendable, demand.job_cap):
            return accept(1.0, "the escrow carries it")
        return Verdict(Answer.UNFUNDED, 0.0, f"needs {format_tokens(needed)} tokens in the escrow")
