"""Whether the provider has the image, or even a sandbox that waits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainfaas.controller.scheduling.verdicts import Verdict, accept

if TYPE_CHECKING:
    from chainfaas.controller.scheduling.candidates import Candidate, Demand

_IMAGE_SCORE = 0.5


@dataclass(frozen=True, slots=True)
class Warmth:
    """Prefers a waiting sandbox to an image at hand, and that to a pull."""

    def judge(self, demand: Demand, candidate: Candidate) -> Verdict:
        """Look at what stands ready.

        Args:
            demand: Not looked at.
            candidate: The provider.
        """
        del demand
        if candidate.ready_depth is None:
            return accept(0.0, "image not at hand")
        if candidate.ready_depth == 0:
            return accept(_IMAGE_SCORE, "image at hand")
        return accept(1.0, f"{candidate.ready_depth} sandboxes wait")
