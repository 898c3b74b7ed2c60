"""What is kept for a time only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import or_, select, update

from chainfaas.controller.storage.invocation_rows import input_references
from chainfaas.controller.storage.schema import PRIVATE
from chainfaas.controller.storage.upload_rows import upload_references

if TYPE_CHECKING:
    from sqlalchemy import Connection

_JOBS = PRIVATE.jobs


def drop_old_contents(connection: Connection, ended_before_ms: int) -> int:
    """Forget outputs and logs of jobs that ended long ago; their hashes and receipts stay.

    Args:
        connection: A connection in a transaction.
        ended_before_ms: Unix milliseconds.

    Returns:
        How many jobs had some.
    """
    columns = _JOBS.c
    held = (columns.output, columns.log, columns.output_reference, columns.log_reference)
    dropped = connection.execute(
        update(_JOBS)
        .where(columns.ended_at_ms < ended_before_ms, or_(*(each.is_not(None) for each in held)))
        .values(output=None, log=None, output_reference=None, log_reference=None)
    )
    return dropped.rowcount


def kept_references(connection: Connection) -> set[str]:
    """Return the references of all files that a row still has.

    Args:
        connection: A connection.
    """
    columns = _JOBS.c
    kept = input_references(connection) | upload_references(connection)
    for column in (columns.output_reference, columns.log_reference):
        kept |= set(connection.execute(select(column).where(column.is_not(None))).scalars())
    return kept
