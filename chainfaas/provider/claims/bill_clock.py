"""How long it takes from the end of a run until its payment is in a block."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from chainfaas.domain.identifiers import JobId

MAX_REMEMBERED = 100_000
_NS_PER_US = 1_000


class BillClock:
    """Remembers ends of runs on this process's monotonic clock; after a restart they are unknown."""

    def __init__(self, monotonic_ns: Callable[[], int] = time.monotonic_ns) -> None:
        """Remember nothing yet."""
        self._monotonic_ns = monotonic_ns
        self._lock = threading.Lock()
        self._ends: OrderedDict[JobId, int] = OrderedDict()

    def mark_end(self, job: JobId) -> None:
        """Note that a run has just ended."""
        now = self._monotonic_ns()
        with self._lock:
            self._ends[job] = now
            if len(self._ends) > MAX_REMEMBERED:
                self._ends.popitem(last=False)

    def microseconds_since_end(self, job: JobId) -> int | None:
        """Return how long ago a run ended; None where that was not seen here."""
        now = self._monotonic_ns()
        with self._lock:
            ended = self._ends.get(job)
        return None if ended is None else (now - ended) // _NS_PER_US
