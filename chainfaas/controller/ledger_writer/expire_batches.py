"""Orders the expiry of jobs that nobody settled in time, so that their reserves go back to the developers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from chainfaas.controller.storage.batch_rows import batch_of
from chainfaas.controller.storage.ledger_rows import unfinished_batches
from chainfaas.controller.storage.states import AttemptState
from chainfaas.domain.masks import Mask, mask_of_indices

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from chainfaas.controller.ledger_writer.ledger_parts import LedgerParts
    from chainfaas.controller.storage.ledger_rows import BatchOnLedger
    from chainfaas.domain.batches import Batch

_MARGIN_SECONDS = 3
_log = structlog.get_logger(__name__)


def expire_batches(connection: Connection, parts: LedgerParts, chain_seconds: int) -> int:
    """Order the expiry of every job that is overdue.

    Jobs that were lost go as soon as they can. What has a record is left for another claim window: after a
    chain that stood still its provider is to come first.

    Args:
        connection: A connection in a transaction.
        parts: What the ledger writer works with.
        chain_seconds: Time of the latest block.

    Returns:
        How many entries the outbox was given.
    """
    due = overdue_jobs(connection, parts, chain_seconds)
    for batch, mask in due:
        key = f"expire:{batch.batch_id}:{mask}"
        call = parts.ledger.expire(batch, mask)
        parts.outbox.enqueue_within(connection, call.entry(key, parts.signer))
        _log.info("Jobs are to expire.", action="expire_jobs", batch=str(batch.batch_id), mask=mask)
    return len(due)


def overdue_jobs(connection: Connection, parts: LedgerParts, chain_seconds: int) -> list[tuple[Batch, Mask]]:
    """Return the batches that have overdue jobs, and which these are.

    Args:
        connection: A connection.
        parts: What the ledger writer works with.
        chain_seconds: Time of the latest block.
    """
    looked_at = (
        (batch_of(each.row, each.jobs), _overdue(each, parts, chain_seconds))
        for each in unfinished_batches(connection)
    )
    return [(batch, mask) for batch, mask in looked_at if batch is not None and mask]


def _overdue(batch: BatchOnLedger, parts: LedgerParts, chain_seconds: int) -> Mask:
    window = parts.windows.claim_seconds
    end = batch.row.deadline + window + _MARGIN_SECONDS
    if chain_seconds <= end:
        return Mask(0)
    lost = mask_of_indices(job.index for job in batch.jobs if job.state is not AttemptState.ENDED)
    due = batch.open_jobs if chain_seconds > end + window else batch.open_jobs & lost
    return Mask(due)
