"""How the provider did lately."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainfaas.controller.scheduling.verdicts import Verdict, accept

if TYPE_CHECKING:
    from chainfaas.controller.scheduling.candidates import Candidate, Demand


@dataclass(frozen=True, slots=True)
class Success:
    """Prefers those that did not lose or give back what they were given."""

    def judge(self, demand: Demand, candidate: Candidate) -> Verdict:
        """Look at the share of jobs that it brought to an end.

        Args:
            demand: Not looked at.
            candidate: The provider.
        """
        del demand
        return accept(
            candidate.success_rate, f"brought {candidate.success_rate:.0%} of its late jobs to an end"
        )
