"""How much of this machine is free."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from chainfaas.domain.wire.polls import Capacity


@dataclass(frozen=True, slots=True)
class JobSize:
    """What one job holds while it runs."""

    memory_mib: int
    cpu_millis: int


class Room:
    """Counts what running jobs hold. Any thread may take and give back."""

    def __init__(self, total: Capacity) -> None:
        """Begin with everything free."""
        self._lock = threading.Lock()
        self._free = total

    @property
    def free(self) -> Capacity:
        """What is free now."""
        with self._lock:
            return self._free

    def take(self, size: JobSize) -> bool:
        """Hold room for a job.

        Returns:
            Whether there was enough.
        """
        with self._lock:
            left = _changed(self._free, size, -1)
            if min(left.memory_mib, left.cpu_millis, left.jobs) < 0:
                return False
            self._free = left
            return True

    def give_back(self, size: JobSize) -> None:
        """Free what a job held."""
        with self._lock:
            self._free = _changed(self._free, size, 1)


def _changed(free: Capacity, size: JobSize, sign: int) -> Capacity:
    return Capacity(
        free.memory_mib + sign * size.memory_mib, free.cpu_millis + sign * size.cpu_millis, free.jobs + sign
    )
