"""Whether the provider had this very call before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainfaas.controller.scheduling.verdicts import Verdict, accept, refuse

if TYPE_CHECKING:
    from chainfaas.controller.scheduling.candidates import Candidate, Demand


@dataclass(frozen=True, slots=True)
class EarlierAttempts:
    """Gives no provider the same call twice."""

    def judge(self, demand: Demand, candidate: Candidate) -> Verdict:
        """Look at the call's history.

        Args:
            demand: The job.
            candidate: The provider.
        """
        ended = demand.tried.get(candidate.provider_id)
        return accept(1.0, "not tried yet") if ended is None else refuse(ended)
