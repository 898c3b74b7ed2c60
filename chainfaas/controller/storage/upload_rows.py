"""Outputs and logs that were sent by themselves, until the report that names them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from chainfaas.controller.storage.schema import PRIVATE
from chainfaas.controller.storage.stored_content import StoredContent

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from chainfaas.domain.identifiers import JobId

_TABLE = PRIVATE.uploads


class UploadKind(StrEnum):
    """What was sent."""

    OUTPUT = "output"
    """What the function answered."""
    LOG = "log"
    """What it wrote beside."""


def keep_upload(connection: Connection, job: JobId, kind: UploadKind, content: StoredContent) -> None:
    """Keep where an upload is; a later one of the same kind replaces it.

    Args:
        connection: A connection in a transaction.
        job: The job.
        kind: What it is.
        content: Where it is; a file.
    """
    connection.execute(delete(_TABLE).where(_TABLE.c.job_id == job, _TABLE.c.kind == kind))
    connection.execute(
        insert(_TABLE).values(
            job_id=job, kind=kind.value, size_bytes=content.size_bytes, reference=content.reference
        )
    )


def read_upload(connection: Connection, job: JobId, kind: UploadKind) -> StoredContent | None:
    """Return where an upload is, or ``None`` if there is none.

    Args:
        connection: A connection.
        job: The job.
        kind: What it is.
    """
    row = connection.execute(
        select(_TABLE).where(_TABLE.c.job_id == job, _TABLE.c.kind == kind)
    ).one_or_none()
    return None if row is None else StoredContent(row.size_bytes, reference=row.reference)


def drop_uploads(connection: Connection, job: JobId) -> None:
    """Forget a job's uploads; their files stay with whoever took them over, or are swept.

    Args:
        connection: A connection in a transaction.
        job: The job.
    """
    connection.execute(delete(_TABLE).where(_TABLE.c.job_id == job))


def upload_references(connection: Connection) -> set[str]:
    """Return the references of all uploads.

    Args:
        connection: A connection.
    """
    return set(connection.execute(select(_TABLE.c.reference)).scalars())
