"""What the provider asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainfaas.controller.scheduling.verdicts import Verdict, accept, refuse
from chainfaas.domain.amounts import amount_of_max_cost, format_tokens

if TYPE_CHECKING:
    from chainfaas.controller.scheduling.candidates import Candidate, Demand


@dataclass(frozen=True, slots=True)
class AskedPrice:
    """Takes those whose price for the whole time-out is within the version's cap, and prefers the cheap."""

    def judge(self, demand: Demand, candidate: Candidate) -> Verdict:
        """Compare the full price with the cap.

        Args:
            demand: The job.
            candidate: The provider.
        """
        terms, offer = demand.terms, candidate.offer
        full = offer.base_fee + terms.timeout_ms * terms.memory_mib * offer.price
        cap = amount_of_max_cost(terms.max_cost)
        if full > cap:
            return refuse(
                f"asks up to {format_tokens(full)} tokens, the version's cap is {format_tokens(cap)}"
            )
        return accept(1 - full / max(1, cap), f"asks up to {format_tokens(full)} tokens")
