"""Orders the opening of batches: the choice, the outbox's entry and the batches' state in one transaction."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import select

from chainfaas.chain.outbox_entry import END_STATES, EntryState
from chainfaas.controller.storage.batch_rows import batch_of, mark_opening
from chainfaas.controller.storage.ledger_rows import unfinished_batches
from chainfaas.controller.storage.schema import OUTBOX
from chainfaas.controller.storage.states import BatchState, Lane

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from chainfaas.controller.ledger_writer.ledger_parts import LedgerParts
    from chainfaas.controller.storage.ledger_rows import BatchOnLedger
    from chainfaas.domain.batches import Batch

MAX_BATCHES = 16
"""Batches that one transaction opens."""

MAX_TRIES = 5
"""Transactions that are tried for one batch; each failed as a whole, with all its batches."""

_FAILED_STATES = tuple(
    state for state in END_STATES if state not in (EntryState.FINAL, EntryState.DONE_ALREADY)
)
_log = structlog.get_logger(__name__)


def open_batches(connection: Connection, parts: LedgerParts, now_ms: int) -> int:
    """Order the opening of every batch whose time has come.

    Args:
        connection: A connection in a transaction.
        parts: What the ledger writer works with.
        now_ms: Unix milliseconds.

    Returns:
        How many entries the outbox was given.
    """
    count = 0
    for group in _groups(batches_to_open(connection, parts, now_ms)):
        _order(connection, parts, group)
        count += 1
    return count


def batches_to_open(connection: Connection, parts: LedgerParts, now_ms: int) -> list[BatchOnLedger]:
    """Return the batches whose time has come.

    Args:
        connection: A connection.
        parts: What the ledger writer works with.
        now_ms: Unix milliseconds.
    """
    unfinished = unfinished_batches(connection)
    failed = _failed_entries(connection, unfinished)
    return [each for each in unfinished if _is_due(each, failed, parts, now_ms)]


def _is_due(batch: BatchOnLedger, failed: Mapping[int, str | None], parts: LedgerParts, now_ms: int) -> bool:
    row = batch.row
    if batch.is_used or not batch.jobs or row.deadline * 1_000 <= now_ms:
        return False
    if row.state is BatchState.OPENING:
        return row.open_entry_id in failed and row.open_tries < MAX_TRIES
    if row.lane is Lane.OPENED:
        return True
    return now_ms - row.begun_at_ms >= parts.windows.open_age_seconds * 1_000


def _failed_entries(connection: Connection, batches: Iterable[BatchOnLedger]) -> Mapping[int, str | None]:
    numbers = {each.row.open_entry_id for each in batches if each.row.open_entry_id is not None}
    columns = OUTBOX.entries.c
    query = select(columns.entry_id, columns.error).where(
        columns.entry_id.in_(numbers), columns.state.in_(_FAILED_STATES)
    )
    return {row.entry_id: row.error for row in connection.execute(query)}


def _groups(due: Sequence[BatchOnLedger]) -> Iterator[Sequence[BatchOnLedger]]:
    # A batch whose transaction failed goes alone from then on: another may have been the reason.
    fresh = [each for each in due if each.row.open_tries == 0]
    for start in range(0, len(fresh), MAX_BATCHES):
        yield fresh[start : start + MAX_BATCHES]
    for each in due:
        if each.row.open_tries > 0:
            yield [each]


def _order(connection: Connection, parts: LedgerParts, group: Sequence[BatchOnLedger]) -> None:
    batches = [batch for each in group if (batch := _batch(each)) is not None]
    first, last = batches[0].batch_id, batches[-1].batch_id
    tries = group[0].row.open_tries
    key = f"open:{first}-{last}:{len(batches)}:{tries}"
    entry = parts.outbox.enqueue_within(connection, parts.ledger.open(batches).entry(key, parts.signer))
    for each in group:
        mark_opening(connection, replace(each.row, open_tries=tries), entry.entry_id)
    _log.info("Batches are to be opened.", action="open_batches", batches=len(batches), entry=entry.entry_id)


def _batch(batch: BatchOnLedger) -> Batch | None:
    return batch_of(batch.row, batch.jobs)
