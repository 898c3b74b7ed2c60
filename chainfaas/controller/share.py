"""A part of the threads that some kind of request may hold at once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager


class Share:
    """Counts who holds a place. Never waits: there is one or there is none."""

    def __init__(self, total: int, each: int) -> None:
        """All places are free.

        Args:
            total: Places of all holders together.
            each: Places of one holder.
        """
        self._total = total
        self._each = each
        self._lock = threading.Lock()
        self._held: Counter[Hashable] = Counter()
        self._count = 0

    def take(self, holder: Hashable) -> bool:
        """Take a place, and return whether there was one.

        Args:
            holder: Who wants it.
        """
        with self._lock:
            if self._count >= self._total or self._held.get(holder, 0) >= self._each:
                return False
            self._count += 1
            self._held[holder] += 1
            return True

    def give_back(self, holder: Hashable) -> None:
        """Give a place back that was taken.

        Args:
            holder: Who had it.
        """
        with self._lock:
            self._count -= 1
            self._held[holder] -= 1
            if not self._held[holder]:
                del self._held[holder]

    @contextmanager
    def place(self, holder: Hashable) -> Iterator[bool]:
        """Hold a place for a ``with`` statement, which is told whether there was one.

        Args:
            holder: Who wants it.
        """
        taken = self.take(holder)
        try:
            yield taken
        finally:
            if taken:
                self.give_back(holder)
