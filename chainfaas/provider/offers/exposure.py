"""How much controllers owe for work that the chain has not paid yet."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from chainfaas.domain.amounts import TokenAmount
from chainfaas.domain.identifiers import ControllerId, JobId


class Exposure:
    """Adds up what each controller owes. Any thread may use it."""

    def __init__(
        self, read_owed: Callable[[], Mapping[ControllerId, TokenAmount]], limit: TokenAmount
    ) -> None:
        """Begin with what the journal says.

        Args:
            read_owed: Reads the journal's sums.
            limit: The most that one controller may owe.
        """
        self._read_owed = read_owed
        self._limit = limit
        self._lock = threading.Lock()
        self._stored = dict(read_owed())
        self._promised: dict[JobId, tuple[ControllerId, TokenAmount]] = {}

    def promise(self, job: JobId, controller: ControllerId, reserved: TokenAmount) -> bool:
        """Count a job that is about to enter the journal.

        Returns:
            Whether its controller may owe that much more; if not, nothing is counted.
        """
        with self._lock:
            if self._owed(controller) + reserved > self._limit:
                return False
            self._promised[job] = (controller, reserved)
            return True

    def store(self, job: JobId) -> None:
        """Say that a promised job is in the journal now."""
        with self._lock:
            controller, reserved = self._promised.pop(job)
            self._stored[controller] = TokenAmount(self._stored.get(controller, 0) + reserved)

    def withdraw(self, job: JobId) -> None:
        """Say that a promised job will not enter the journal; nothing happens if it did."""
        with self._lock:
            self._promised.pop(job, None)

    def refresh(self) -> None:
        """Read the journal again, where jobs may have been paid or refused."""
        with self._lock:
            self._stored = dict(self._read_owed())

    def owed(self, controller: ControllerId) -> TokenAmount:
        """Return what a controller owes."""
        with self._lock:
            return TokenAmount(self._owed(controller))

    def _owed(self, controller: ControllerId) -> int:
        promised = sum(amount for owner, amount in self._promised.values() if owner == controller)
        return self._stored.get(controller, 0) + promised
