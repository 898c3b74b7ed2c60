"""The index in the database: blocks come and go, each with all that follows from it, in one transaction."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select

from chainfaas.chain.headers import BlockHeader
from chainfaas.controller.indexing.errors import ForeignIndexError
from chainfaas.controller.indexing.plain_event import format_args
from chainfaas.controller.indexing.project import project_block
from chainfaas.controller.indexing.row_store import read_row, read_undo, undo_columns, write_rows
from chainfaas.controller.indexing.working_set import WorkingSet
from chainfaas.controller.storage.schema import CHAIN
from chainfaas.domain.encodings import format_hex, parse_hex
from chainfaas.domain.identifiers import INDEX_BITS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, Engine, Row

    from chainfaas.controller.indexing.plain_event import PlainEvent

HISTORY_BLOCKS = 256
"""Blocks that can be taken back; a chain that changes further down is read anew."""


@dataclass(frozen=True, slots=True)
class IndexedBlock:
    """A block and what our contracts said in it.

    Attributes:
        header: The block.
        events: Its events in order.
    """

    header: BlockHeader
    events: Sequence[PlainEvent] = ()


class IndexStore:
    """Keeps the tables whose names begin with ``chain_``; nobody else writes them."""

    def __init__(self, engine: Engine, history_blocks: int = HISTORY_BLOCKS) -> None:
        """Use a database.

        Args:
            engine: The database, up to date.
            history_blocks: Blocks that can be taken back.
        """
        self._engine = engine
        self._reader = engine.execution_options(reads_only=True)
        self.history_blocks = history_blocks

    def claim(self, chain_id: int, first_block: int, contracts: Mapping[str, str]) -> None:
        """Say what the index is about, or make sure that it is about this.

        Args:
            chain_id: The chain.
            first_block: Where its contracts begin.
            contracts: Their addresses by name.

        Raises:
            ForeignIndexError: The index is about something else.
        """
        source = {
            "chain_id": chain_id,
            "first_block": first_block,
            "contracts": json.dumps(dict(contracts), sort_keys=True, separators=(",", ":")),
        }
        with self._engine.begin() as connection:
            kept = connection.execute(select(CHAIN.source)).mappings().one_or_none()
            if kept is None:
                connection.execute(insert(CHAIN.source).values(source))
            elif dict(kept) != source:
                raise ForeignIndexError(f"The index is about {dict(kept)}, not about {source}.")

    def tip(self) -> BlockHeader | None:
        """Return the latest block of the index, or ``None`` if there is none."""
        with self._reader.connect() as connection:
            return _tip(connection)

    def headers_below(self, number: int, count: int) -> list[BlockHeader]:
        """Return blocks of the index, latest first; those without events are forgotten after a while.

        Args:
            number: Only blocks below this height.
            count: How many at most.
        """
        columns = CHAIN.blocks.c
        query = select(CHAIN.blocks).where(columns.number < number).order_by(columns.number.desc())
        with self._reader.connect() as connection:
            return [_header_of(row) for row in connection.execute(query.limit(count))]

    def header_at(self, number: int) -> BlockHeader | None:
        """Return the block of the index at a height, if it is kept.

        Args:
            number: The height.
        """
        with self._reader.connect() as connection:
            row = connection.execute(
                select(CHAIN.blocks).where(CHAIN.blocks.c.number == number)
            ).one_or_none()
        return None if row is None else _header_of(row)

    def apply(self, blocks: Sequence[IndexedBlock], rewind_to: int | None = None) -> None:
        """Add blocks, after taking back what they replace.

        Args:
            blocks: The blocks by rising height, without gaps in what they tell.
            rewind_to: Height above which the index is taken back first.

        Raises:
            EventOrderError: An event presupposes another that was never seen; nothing is changed.
        """
        with self._engine.begin() as connection:
            former_tip = _tip(connection)
            rows = WorkingSet(lambda key: read_row(connection, key))
            if rewind_to is not None:
                _take_back(connection, rows, rewind_to)
            undo = _add(connection, rows, blocks)
            write_rows(connection, rows.changes())
            if undo:
                connection.execute(insert(CHAIN.undo), undo)
            _forget(connection, former_tip, self.history_blocks)

    def clear(self) -> None:
        """Empty the index, all in one transaction."""
        with self._engine.begin() as connection:
            for table in CHAIN:
                connection.execute(delete(table))


def _take_back(connection: Connection, rows: WorkingSet, rewind_to: int) -> None:
    for key, row in read_undo(connection, rewind_to):
        rows.restore(key, row)
    rows.end_block()
    for table, column in (
        (CHAIN.undo, "block_number"),
        (CHAIN.events, "block_number"),
        (CHAIN.blocks, "number"),
    ):
        connection.execute(delete(table).where(table.c[column] > rewind_to))


def _add(connection: Connection, rows: WorkingSet, blocks: Sequence[IndexedBlock]) -> list[dict[str, Any]]:
    if not blocks:
        return []
    undo: list[dict[str, Any]] = []
    for block in blocks:
        changes = project_block(block.events, rows)
        undo += [
            undo_columns(block.header.number, position, change) for position, change in enumerate(changes)
        ]
    connection.execute(insert(CHAIN.blocks), [_block_columns(block.header) for block in blocks])
    events = [_event_columns(event) for block in blocks for event in block.events]
    if events:
        connection.execute(insert(CHAIN.events), events)
    return undo


def _forget(connection: Connection, former_tip: BlockHeader | None, history_blocks: int) -> None:
    tip = _tip(connection)
    if tip is None:
        return
    blocks, events, undo = CHAIN.blocks.c, CHAIN.events.c, CHAIN.undo.c
    oldest = tip.number - history_blocks
    # What was older than the former tip's history was looked through when that was the tip.
    known = -1 if former_tip is None else former_tip.number - history_blocks
    has_events = select(events.block_number).where(events.block_number == blocks.number).exists()
    connection.execute(
        delete(CHAIN.blocks).where(blocks.number > known, blocks.number <= oldest, ~has_events)
    )
    connection.execute(delete(CHAIN.undo).where(undo.block_number <= oldest))


def _tip(connection: Connection) -> BlockHeader | None:
    highest = select(func.max(CHAIN.blocks.c.number)).scalar_subquery()
    row = connection.execute(select(CHAIN.blocks).where(CHAIN.blocks.c.number == highest)).one_or_none()
    return None if row is None else _header_of(row)


def _header_of(row: Row[Any]) -> BlockHeader:
    return BlockHeader(row.number, parse_hex(row.block_hash), parse_hex(row.parent_hash), row.timestamp)


def _block_columns(header: BlockHeader) -> dict[str, Any]:
    return {
        "number": header.number,
        "block_hash": format_hex(header.block_hash),
        "parent_hash": format_hex(header.parent_hash),
        "timestamp": header.timestamp,
    }


def _event_columns(event: PlainEvent) -> dict[str, Any]:
    job_id, batch_id = event.args.get("jobId"), event.args.get("batchId")
    if job_id is not None:
        batch_id = int(job_id) >> INDEX_BITS
    return {
        "block_hash": event.block_hash,
        "log_index": event.log_index,
        "block_number": event.block_number,
        "tx_hash": event.tx_hash,
        "tx_index": event.tx_index,
        "contract": event.contract,
        "address": event.address,
        "name": event.name,
        "args": format_args(event),
        "batch_id": batch_id,
        "job_id": job_id,
    }
