"""Jobs in the database: what was assigned, and the one end that each comes to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from chainfaas.controller.storage.job_ends import JobEnd, end_columns, end_of_row
from chainfaas.controller.storage.schema import PRIVATE
from chainfaas.controller.storage.states import AttemptState
from chainfaas.domain.amounts import TokenAmount
from chainfaas.domain.identifiers import (
    INDEX_BITS,
    BatchId,
    InvocationId,
    JobId,
    ProviderId,
    VersionId,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection, Row

    from chainfaas.domain.encodings import Bytes32
    from chainfaas.domain.identifiers import Address

_TABLE = PRIVATE.jobs
_INSERT = insert(_TABLE)


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job.

    Attributes:
        job_id: Its number, which holds its batch and its index.
        invocation_id: The call.
        attempt: Count of the call's attempts.
        provider_id: Who has it.
        version_id: What is run.
        developer: Whose escrow pays.
        details: Hash of its work.
        unit: The most that it can cost, in base units.
        state: How far it has come.
        choice: Why this provider: the verdict on each.
        assigned_at_ms: Unix milliseconds.
        ended_at_ms: Unix milliseconds.
        end: What its provider reported.
    """

    job_id: JobId
    invocation_id: InvocationId
    attempt: int
    provider_id: ProviderId
    version_id: VersionId
    developer: Address
    details: Bytes32
    unit: TokenAmount
    state: AttemptState
    choice: Mapping[str, Any]
    assigned_at_ms: int
    ended_at_ms: int | None = None
    end: JobEnd | None = None

    @property
    def batch_id(self) -> BatchId:
        """The batch that it stands in."""
        return BatchId(self.job_id >> INDEX_BITS)

    @property
    def index(self) -> int:
        """Its place in the batch."""
        return self.job_id & (1 << INDEX_BITS) - 1


def insert_job(connection: Connection, row: JobRow) -> None:
    """Add a job that was just assigned.

    Args:
        connection: A connection in a transaction.
        row: The job.
    """
    connection.execute(
        _INSERT,
        {
            "job_id": row.job_id,
            "batch_id": row.batch_id,
            "invocation_id": row.invocation_id.raw,
            "attempt": row.attempt,
            "provider_id": row.provider_id,
            "version_id": row.version_id,
            "developer": row.developer,
            "details": row.details,
            "unit": row.unit,
            "state": row.state.value,
            "choice": json.dumps(row.choice),
            "assigned_at_ms": row.assigned_at_ms,
        },
    )


def end_job(connection: Connection, job: JobId, end: JobEnd, at_ms: int) -> bool:
    """Keep the report of a job.

    Args:
        connection: A connection in a transaction.
        job: The job.
        end: What is kept.
        at_ms: Unix milliseconds.

    Returns:
        Whether the job was still assigned.
    """
    return _leave_assigned(
        connection, job, {"state": AttemptState.ENDED, "ended_at_ms": at_ms, **end_columns(end)}
    )


def give_job_up(connection: Connection, job: JobId, state: AttemptState, at_ms: int) -> bool:
    """Say that a job will have no report.

    Args:
        connection: A connection in a transaction.
        job: The job.
        state: ``LOST``, or ``WITHDRAWN`` if it was never handed out.
        at_ms: Unix milliseconds.

    Returns:
        Whether the job was still assigned.
    """
    return _leave_assigned(connection, job, {"state": state, "ended_at_ms": at_ms})


def read_job(connection: Connection, job: JobId) -> JobRow | None:
    """Return a job, or ``None`` if there is none.

    Args:
        connection: A connection.
        job: Its number.
    """
    row = connection.execute(select(_TABLE).where(_TABLE.c.job_id == job)).one_or_none()
    return None if row is None else _of_row(row)


def read_jobs(connection: Connection, jobs: Sequence[JobId]) -> list[JobRow]:
    """Return those of some jobs that exist.

    Args:
        connection: A connection.
        jobs: Their numbers.
    """
    return [_of_row(row) for row in connection.execute(select(_TABLE).where(_TABLE.c.job_id.in_(jobs)))]


def jobs_of_invocation(connection: Connection, invocation: InvocationId) -> list[JobRow]:
    """Return the attempts of a call, first to last.

    Args:
        connection: A connection.
        invocation: The call.
    """
    query = select(_TABLE).where(_TABLE.c.invocation_id == invocation.raw).order_by(_TABLE.c.attempt)
    return [_of_row(row) for row in connection.execute(query)]


def jobs_of_batches(connection: Connection, batches: Iterable[BatchId]) -> list[JobRow]:
    """Return the jobs of some batches, by rising number.

    Args:
        connection: A connection.
        batches: The batches.
    """
    query = select(_TABLE).where(_TABLE.c.batch_id.in_(tuple(batches))).order_by(_TABLE.c.job_id)
    return [_of_row(row) for row in connection.execute(query)]


def assigned_jobs(connection: Connection) -> list[JobRow]:
    """Return every job that a provider has.

    Args:
        connection: A connection.
    """
    query = select(_TABLE).where(_TABLE.c.state == AttemptState.ASSIGNED).order_by(_TABLE.c.job_id)
    return [_of_row(row) for row in connection.execute(query)]


def _leave_assigned(connection: Connection, job: JobId, values: Mapping[str, Any]) -> bool:
    moved = connection.execute(
        update(_TABLE).where(_TABLE.c.job_id == job, _TABLE.c.state == AttemptState.ASSIGNED).values(values)
    )
    return moved.rowcount == 1


def _of_row(row: Row[Any]) -> JobRow:
    return JobRow(
        job_id=JobId(row.job_id),
        invocation_id=InvocationId(row.invocation_id),
        attempt=row.attempt,
        provider_id=ProviderId(row.provider_id),
        version_id=VersionId(row.version_id),
        developer=row.developer,
        details=row.details,
        unit=TokenAmount(row.unit),
        state=AttemptState(row.state),
        choice=json.loads(row.choice),
        assigned_at_ms=row.assigned_at_ms,
        ended_at_ms=row.ended_at_ms,
        end=None if row.receipt_hash is None else end_of_row(row),
    )
