"""How busy the provider is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainfaas.controller.scheduling.verdicts import Verdict, accept, wait

if TYPE_CHECKING:
    from chainfaas.controller.scheduling.candidates import Candidate, Demand


@dataclass(frozen=True, slots=True)
class Load:
    """Takes those that can hold another job, and prefers the idle ones."""

    def judge(self, demand: Demand, candidate: Candidate) -> Verdict:
        """Look at the free places.

        Args:
            demand: Not looked at.
            candidate: The provider.
        """
        del demand
        if candidate.free_jobs <= 0:
            return wait(f"runs {candidate.total_jobs} jobs, as many as it takes")
        return accept(
            candidate.free_jobs / max(1, candidate.total_jobs),
            f"{candidate.free_jobs} of {candidate.total_jobs} places free",
        )
