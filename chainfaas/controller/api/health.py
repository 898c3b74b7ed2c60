"""Whether the controller can do its work."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from chainfaas.controller.storage.schema import CHAIN

if TYPE_CHECKING:
    from chainfaas.chain.headers import HeadClock
    from chainfaas.controller.storage.database import Database

_LAG_BLOCKS = 10


@dataclass(frozen=True, slots=True)
class Health:
    """Looks at the parts that others depend on.

    Attributes:
        database: The database.
        clock: Ticks with each new head.
        late_seconds: Silence of the node from which it counts as gone; 0 where blocks come on demand.
        is_stopping: Says whether the controller is being stopped.
        monotonic: Seconds of a clock that never jumps.
    """

    database: Database
    clock: HeadClock
    late_seconds: float
    is_stopping: Callable[[], bool]
    monotonic: Callable[[], float] = time.monotonic

    def faults(self) -> list[str]:
        """Return what is wrong, in sentences; nothing if all is well."""
        wrong = []
        if self.is_stopping():
            wrong.append("The controller is stopping.")
        indexed = self._indexed_block()
        head = self.clock.head
        if indexed is None:
            wrong.append("The index is empty or cannot be read.")
        elif head is None:
            wrong.append("The node has not answered yet; calls go on, ledger writes wait.")
        elif head.number - indexed > _LAG_BLOCKS:
            wrong.append(f"The index is {head.number - indexed} blocks behind.")
        due = self.clock.seconds_to_next()
        if due is not None and self.late_seconds and due < -self.late_seconds:
            wrong.append(f"The node has had no new block for {-due:.0f} s; ledger writes wait.")
        return wrong

    def _indexed_block(self) -> int | None:
        column = CHAIN.blocks.c.number
        try:
            with self.database.engine.execution_options(reads_only=True).connect() as connection:
                found = connection.execute(select(column).order_by(column.desc()).limit(1))
                number: int | None = found.scalar_one_or_none()
        except SQLAlchemyError:
            return None
        return number
