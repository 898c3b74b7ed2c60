"""Batches in the database. Their orders are their jobs; what the chain made of them is in the index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from chainfaas.controller.storage.schema import PRIVATE
from chainfaas.controller.storage.states import AttemptState, BatchState, Lane
from chainfaas.domain.amounts import BaseFee, Price
from chainfaas.domain.batches import Batch
from chainfaas.domain.identifiers import BatchId, ProviderId, compose_batch_id, controller_id
from chainfaas.domain.orders import HOLE, Order
from chainfaas.domain.times import UnixSeconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection, Row

    from chainfaas.controller.storage.job_rows import JobRow
    from chainfaas.domain.identifiers import ControllerId

_TABLE = PRIVATE.batches
_SEQUENCES = PRIVATE.sequences


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A batch.

    Attributes:
        batch_id: Its number.
        provider_id: Whose jobs it holds.
        lane: Which way it takes.
        base_fee: What each job costs at least, in base units.
        price: What a MiB held for a millisecond costs, in base units.
        deadline: By when its jobs are to have ended.
        state: How far it has come.
        begun_at_ms: Unix milliseconds.
        open_tries: How often its opening was given to the outbox.
        open_entry_id: The outbox's entry of the latest try.
    """

    batch_id: BatchId
    provider_id: ProviderId
    lane: Lane
    base_fee: BaseFee
    price: Price
    deadline: UnixSeconds
    state: BatchState
    begun_at_ms: int
    open_tries: int = 0
    open_entry_id: int | None = None


def insert_batch(connection: Connection, row: BatchRow) -> None:
    """Add a batch, with its first job or before it.

    Args:
        connection: A connection in a transaction.
        row: The batch.
    """
    connection.execute(
        insert(_TABLE),
        {
            "batch_id": row.batch_id,
            "provider_id": row.provider_id,
            "lane": row.lane.value,
            "base_fee": row.base_fee,
            "price": row.price,
            "deadline": row.deadline,
            "state": row.state.value,
            "begun_at_ms": row.begun_at_ms,
            "open_tries": row.open_tries,
        },
    )


def move_batches(
    connection: Connection, batches: Sequence[BatchId], expected: Iterable[BatchState], state: BatchState
) -> int:
    """Move those batches on that are where they are expected to be.

    Args:
        connection: A connection in a transaction.
        batches: Which.
        expected: The states that they may be in.
        state: The state that they come to.

    Returns:
        How many were moved.
    """
    moved = connection.execute(
        update(_TABLE)
        .where(_TABLE.c.batch_id.in_(batches), _TABLE.c.state.in_(tuple(expected)))
        .values(state=state)
    )
    return moved.rowcount


def mark_opening(connection: Connection, row: BatchRow, entry_id: int) -> None:
    """Say that the outbox has the transaction that opens a batch.

    Args:
        connection: A connection in a transaction, the entry's.
        row: The batch as it was read in the same transaction.
        entry_id: The outbox's entry.
    """
    connection.execute(
        update(_TABLE)
        .where(_TABLE.c.batch_id == row.batch_id)
        .values(state=BatchState.OPENING, open_entry_id=entry_id, open_tries=row.open_tries + 1)
    )


def read_batches(connection: Connection, batches: Sequence[BatchId]) -> list[BatchRow]:
    """Return those of some batches that exist, by rising number.

    Args:
        connection: A connection.
        batches: Their numbers.
    """
    query = select(_TABLE).where(_TABLE.c.batch_id.in_(batches)).order_by(_TABLE.c.batch_id)
    return [_of_row(row) for row in connection.execute(query)]


def batches_in(connection: Connection, states: Iterable[BatchState]) -> list[BatchRow]:
    """Return the batches that are in some states, by rising number.

    Args:
        connection: A connection.
        states: The states.
    """
    query = select(_TABLE).where(_TABLE.c.state.in_(tuple(states))).order_by(_TABLE.c.batch_id)
    return [_of_row(row) for row in connection.execute(query)]


def close_left_batches(connection: Connection) -> int:
    """Close the batches that a former process was filling; nothing joins them any more.

    Args:
        connection: A connection in a transaction.

    Returns:
        How many there were.
    """
    moved = connection.execute(
        update(_TABLE).where(_TABLE.c.state == BatchState.FILLING).values(state=BatchState.CLOSED)
    )
    return moved.rowcount


def batch_of(row: BatchRow, jobs: Iterable[JobRow]) -> Batch | None:
    """Return a batch as it is signed, or ``None`` if no job stands in it.

    Args:
        row: The batch.
        jobs: All of its jobs; those that were never handed out leave holes.
    """
    placed = {job.index: job for job in jobs if job.state is not AttemptState.WITHDRAWN}
    if not placed:
        return None
    orders = tuple(
        Order(placed[index].version_id, placed[index].details) if index in placed else HOLE
        for index in range(max(placed) + 1)
    )
    return Batch(row.batch_id, row.provider_id, row.base_fee, row.price, row.deadline, orders)


def reserve_sequences(connection: Connection, controller: ControllerId, count: int, least: int) -> range:
    """Take numbers for batches; no later call returns them again.

    Args:
        connection: A connection in a transaction.
        controller: Whose numbers.
        count: How many.
        least: The numbers begin here or above.

    Returns:
        The numbers.
    """
    query = select(_SEQUENCES.c.next_sequence).where(_SEQUENCES.c.controller_id == controller)
    known = connection.execute(query.with_for_update()).scalar_one_or_none()
    first = max(known or 0, least)
    compose_batch_id(controller_id(controller), first + count)
    values = {"controller_id": controller, "next_sequence": first + count}
    if known is None:
        connection.execute(insert(_SEQUENCES).values(values))
    else:
        connection.execute(update(_SEQUENCES).where(_SEQUENCES.c.controller_id == controller).values(values))
    return range(first, first + count)


def _of_row(row: Row[Any]) -> BatchRow:
    return BatchRow(
        batch_id=BatchId(row.batch_id),
        provider_id=ProviderId(row.provider_id),
        lane=Lane(row.lane),
        base_fee=BaseFee(row.base_fee),
        price=Price(row.price),
        deadline=UnixSeconds(row.deadline),
        state=BatchState(row.state),
        begun_at_ms=row.begun_at_ms,
        open_tries=row.open_tries,
        open_entry_id=row.open_entry_id,
    )
