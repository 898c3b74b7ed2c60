"""Whether memory and processors of the provider are free."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainfaas.controller.scheduling.verdicts import Verdict, accept, refuse, wait

if TYPE_CHECKING:
    from chainfaas.controller.scheduling.candidates import Candidate, Demand


@dataclass(frozen=True, slots=True)
class Room:
    """Takes those with room for the job, and prefers those with more of it."""

    def judge(self, demand: Demand, candidate: Candidate) -> Verdict:
        """Compare what is needed with what is free.

        Args:
            demand: The job.
            candidate: The provider.
        """
        needed = demand.terms.memory_mib
        if candidate.total_memory_mib is None:
            return wait("has not said what it has")
        if needed > candidate.total_memory_mib:
            return refuse(f"has {candidate.total_memory_mib} MiB, {needed} are needed")
        if needed > candidate.free_memory_mib:
            return wait(f"has {candidate.free_memory_mib} MiB free, {needed} are needed")
        if candidate.free_cpu_millis <= 0:
            return wait("has no processor free")
        return accept(
            1 - needed / (candidate.free_memory_mib + 1), f"has {candidate.free_memory_mib} MiB free"
        )
