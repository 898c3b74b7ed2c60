"""Whether the provider is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainfaas.controller.scheduling.verdicts import Verdict, accept, refuse, wait

if TYPE_CHECKING:
    from chainfaas.controller.scheduling.candidates import Candidate, Demand


@dataclass(frozen=True, slots=True)
class Availability:
    """Takes those that were heard a moment ago, and waits for those that were heard lately.

    Attributes:
        presence_seconds: Silence up to which a provider is there.
        absence_seconds: Silence up to which it is worth waiting for.
    """

    presence_seconds: float
    absence_seconds: float

    def judge(self, demand: Demand, candidate: Candidate) -> Verdict:
        """Look at the silence.

        Args:
            demand: Not looked at.
            candidate: The provider.
        """
        del demand
        silent = candidate.silent_seconds
        if silent is None or silent > self.absence_seconds:
            return refuse("not connected")
        if candidate.is_draining:
            return refuse("takes no more jobs")
        if candidate.total_memory_mib is None:
            return wait("has not called yet")
        if silent > self.presence_seconds:
            return wait(f"silent for {silent:.0f} s")
        return accept(1.0, "there")
