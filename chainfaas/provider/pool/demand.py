"""How many sandboxes of each version should stand ready: as many as its busiest second of late used up."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chainfaas.domain.identifiers import VersionId

MEMORY_SECONDS = 300
"""How long a second counts. A version that was not called for so long has no sandboxes ready."""


@dataclass(slots=True)
class _Second:
    second: int
    missing: int = 0
    peak: int = 0


class Demand:
    """Counts what each second took and gave back. One thread at a time."""

    def __init__(self) -> None:
        """Know of no calls."""
        self._seconds: dict[VersionId, deque[_Second]] = {}

    def take(self, version: VersionId, at_seconds: float) -> None:
        """Count a sandbox that a call needs.

        Args:
            version: Of which version.
            at_seconds: When, on a clock that never goes back.
        """
        second = self._second(version, at_seconds)
        second.missing += 1
        second.peak = max(second.peak, second.missing)

    def give_back(self, version: VersionId, at_seconds: float) -> None:
        """Count a sandbox that can serve the next call.

        Args:
            version: Of which version.
            at_seconds: When, on the same clock.
        """
        second = self._second(version, at_seconds)
        second.missing = max(0, second.missing - 1)

    def wanted(self, at_seconds: float) -> dict[VersionId, int]:
        """Return how many sandboxes should stand ready, of versions that were called of late.

        Args:
            at_seconds: Now, on the same clock.
        """
        oldest = int(at_seconds) - MEMORY_SECONDS
        for version, seconds in list(self._seconds.items()):
            while seconds and seconds[0].second <= oldest:
                seconds.popleft()
            if not seconds:
                del self._seconds[version]
        return {version: max(each.peak for each in seconds) for version, seconds in self._seconds.items()}

    def _second(self, version: VersionId, at_seconds: float) -> _Second:
        seconds = self._seconds.setdefault(version, deque(maxlen=MEMORY_SECONDS))
        now = int(at_seconds)
        if not seconds or seconds[-1].second != now:
            seconds.append(_Second(now))
        return seconds[-1]
