"""Jobs as the chain shows them, with every event that made them so."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select

from chainfaas.controller.storage.schema import CHAIN
from chainfaas.domain.identifiers import INDEX_BITS

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

    from chainfaas.domain.canonical_json import JsonValue
    from chainfaas.domain.identifiers import JobId

_JOB_FIELDS = {
    "version_id": "versionId",
    "provider_id": "providerId",
    "controller_id": "cid",
    "developer": "developer",
    "state": "state",
    "details": "details",
    "status": "status",
    "billed_ms": "billedMs",
    "receipt_hash": "receiptHash",
    "opened_block": "openedBlock",
    "opened_tx": "openedTransaction",
    "ended_block": "endedBlock",
    "ended_tx": "endedTransaction",
}
_AMOUNT_FIELDS = ("reserved", "needed", "cost")
_WIDE_BITS = 32


def chain_job(connection: Connection, job: JobId) -> dict[str, JsonValue] | None:
    """Return a job as the chain shows it, or ``None`` if it does not.

    Args:
        connection: A connection.
        job: The job.
    """
    row = connection.execute(select(CHAIN.jobs).where(CHAIN.jobs.c.job_id == job)).one_or_none()
    return None if row is None else _job(row)


def recent_chain_jobs(connection: Connection, limit: int) -> list[dict[str, JsonValue]]:
    """Return the jobs that the chain took up last, the latest first.

    Args:
        connection: A connection.
        limit: How many at most.
    """
    columns = CHAIN.jobs.c
    query = select(CHAIN.jobs).order_by(columns.ended_block.desc().nulls_first(), columns.job_id.desc())
    return [_job(row) for row in connection.execute(query.limit(limit))]


def job_events(connection: Connection, job: JobId) -> list[dict[str, JsonValue]]:
    """Return all events of a job and of its batch, and the payments in the same transactions, in order.

    Args:
        connection: A connection.
        job: The job.
    """
    events, blocks = CHAIN.events.c, CHAIN.blocks.c
    own = select(events.tx_hash).where(events.job_id == job)
    batch_word = (events.batch_id == job >> INDEX_BITS) & events.job_id.is_(None)
    paid = (events.name == "Paid") & events.tx_hash.in_(own)
    query = (
        select(CHAIN.events, blocks.timestamp)
        .outerjoin(CHAIN.blocks, blocks.block_hash == events.block_hash)
        .where(or_(events.job_id == job, batch_word, paid))
        .order_by(events.block_number, events.log_index)
    )
    return [_event(row) for row in connection.execute(query)]


def _job(row: Row[Any]) -> dict[str, JsonValue]:
    shown: dict[str, JsonValue] = {"job": str(row.job_id), "batch": str(row.batch_id)}
    shown |= {name: getattr(row, column) for column, name in _JOB_FIELDS.items()}
    shown |= {name: _text(getattr(row, name)) for name in _AMOUNT_FIELDS}
    return shown | {"path": _path(row.state)}


def _event(row: Row[Any]) -> dict[str, JsonValue]:
    args: dict[str, Any] = json.loads(row.args)
    return {
        "name": row.name,
        "contract": row.contract,
        "block": row.block_number,
        "blockHash": row.block_hash,
        "transaction": row.tx_hash,
        "logIndex": row.log_index,
        "time": row.timestamp,
        "args": {name: _argument(value) for name, value in args.items()},
    }


def _argument(value: JsonValue) -> JsonValue:
    is_wide = isinstance(value, int) and not isinstance(value, bool) and value >> _WIDE_BITS
    return str(value) if is_wide else value


def _path(state: str) -> str:
    return "fast" if state == "recorded" else "opened"


def _text(amount: int | None) -> str | None:
    return None if amount is None else str(amount)
