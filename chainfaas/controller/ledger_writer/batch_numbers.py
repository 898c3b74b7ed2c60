"""Numbers for batches: reserved on disk before one is used, so that none is ever used twice."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

from chainfaas.controller.crash_points import ControllerPoint
from chainfaas.controller.storage.batch_rows import reserve_sequences
from chainfaas.domain.errors import InternalError
from chainfaas.domain.identifiers import BatchId, compose_batch_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from chainfaas.controller.crash_points import ControllerHook
    from chainfaas.controller.storage.group_writer import GroupWriter
    from chainfaas.domain.identifiers import ControllerId

RESERVED_AT_ONCE = 256
"""Numbers that one write reserves; as many may be left unused by a crash, of 2^42."""

_LOW = 64


class BatchNumbers:
    """Hands out the numbers of one controller's batches, in rising order."""

    def __init__(
        self,
        writer: GroupWriter,
        sync: Callable[[], None],
        controller: ControllerId,
        least_sequence: int,
        at_point: ControllerHook,
    ) -> None:
        """Reserve nothing yet.

        Args:
            writer: Where reservations are written.
            sync: Brings what was written to the disk.
            controller: Whose batches.
            least_sequence: Numbers below this one are not handed out, whatever the database says.
            at_point: Called before and after a reservation.
        """
        self._writer = writer
        self._sync = sync
        self._controller = controller
        self._least = least_sequence
        self._at_point = at_point
        self._refilling = threading.Lock()
        self._free: deque[int] = deque()

    def refill(self) -> None:
        """Reserve more if few are left; waits for the disk, so it is called without a lock."""
        if len(self._free) >= _LOW:
            return
        with self._refilling:
            if len(self._free) >= _LOW:
                return
            self._at_point(ControllerPoint.BEFORE_RESERVE_SEQUENCE)
            reserved = self._writer.run(
                lambda connection: reserve_sequences(
                    connection, self._controller, RESERVED_AT_ONCE, self._least
                )
            )
            self._sync()
            self._at_point(ControllerPoint.AFTER_RESERVE_SEQUENCE)
            self._free.extend(reserved)

    def take(self) -> BatchId:
        """Return a number that was never returned before.

        Raises:
            InternalError: None is reserved; `refill` was not called.
        """
        try:
            return compose_batch_id(self._controller, self._free.popleft())
        except IndexError as fault:
            raise InternalError("No batch number is reserved.") from fault

    @property
    def are_left(self) -> bool:
        """Whether `take` would return one."""
        return bool(self._free)
