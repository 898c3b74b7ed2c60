"""Applies events to rows: the whole meaning of the chain for the read model, without I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from chainfaas.controller.indexing.projections import functions, jobs, money, parties

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from chainfaas.controller.indexing.plain_event import PlainEvent
    from chainfaas.controller.indexing.working_set import RowChange, WorkingSet

HANDLERS: Final[dict[str, Callable[[PlainEvent, WorkingSet], None]]] = (
    money.HANDLERS | jobs.HANDLERS | parties.HANDLERS | functions.HANDLERS
)
"""What follows from each event that changes a row."""


def project_block(events: Iterable[PlainEvent], rows: WorkingSet) -> list[RowChange]:
    """Apply one block's events.

    Args:
        events: The block's events in order.
        rows: The rows as the block found them; changed in place.

    Returns:
        What the block changed.

    Raises:
        EventOrderError: An event presupposes another that was never seen.
    """
    for event in events:
        handler = HANDLERS.get(event.name)
        if handler is not None:
            handler(event, rows)
    return rows.end_block()
