"""How much of this machine is free."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainfaas.domain.wire.polls import Capacity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chainfaas.domain.identifiers import JobId


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
        self._taken: dict[JobId, JobSize] = {}

    @property
    def free(self) -> Capacity:
        """What is free now."""
        with self._lock:
            return self._free

    def free_beside(self, memory_mib: Mapping[JobId, int]) -> Capacity:
        """Return what is free if each of these jobs holds its place, also where it does not do so now.

        Whoever is told what is free may add a job's part when that job ends. So it must not be free already:
        not while the job has yet to begin, nor while only its report is on its way.

        Args:
            memory_mib: What each of the jobs needs. Processors are left out, since a place stands for them.
        """
        with self._lock:
            without = [needed for job, needed in memory_mib.items() if job not in self._taken]
            return Capacity(
                max(0, self._free.memory_mib - sum(without)),
                self._free.cpu_millis,
                max(0, self._free.jobs - len(without)),
            )

    def take(self, job: JobId, size: JobSize) -> bool:
        """Hold room for a job that holds none.

        Returns:
            Whether there was enough.
        """
        with self._lock:
            left = _changed(self._free, size, -1)
            if min(left.memory_mib, left.cpu_millis, left.jobs) < 0:
                return False
            self._free = left
            self._taken[job] = size
            return True

    def give_back(self, job: JobId) -> None:
        """Free what a job holds."""
        with self._lock:
            self._free = _changed(self._free, self._taken.pop(job), 1)


def _changed(free: Capacity, size: JobSize, sign: int) -> Capacity:
    return Capacity(
        free.memory_mib + sign * size.memory_mib, free.cpu_millis + sign * size.cpu_millis, free.jobs + sign
    )
