"""What dispatch writes, each change whole: it happens in one transaction or not at all."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from chainfaas.controller.errors import DuplicateCallError
from chainfaas.controller.storage.idempotency_rows import claim_key
from chainfaas.controller.storage.invocation_rows import (
    begin_attempt,
    end_invocation,
    insert_invocation,
    queue_again,
)
from chainfaas.controller.storage.job_rows import end_job, give_job_up, insert_job
from chainfaas.controller.storage.states import InvocationState
from chainfaas.controller.storage.upload_rows import drop_uploads
from chainfaas.domain.errors import InvalidTransitionError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from chainfaas.controller.storage.idempotency_rows import IdempotencyKey
    from chainfaas.controller.storage.invocation_rows import InvocationEnd, InvocationRow
    from chainfaas.controller.storage.job_ends import JobEnd
    from chainfaas.controller.storage.job_rows import JobRow
    from chainfaas.controller.storage.states import AttemptState
    from chainfaas.domain.identifiers import InvocationId, JobId


def store_call(connection: Connection, row: InvocationRow, key: IdempotencyKey | None) -> None:
    """Keep a new call that waits.

    Args:
        connection: A connection in a transaction.
        row: The call.
        key: The caller's key, if it sent one.

    Raises:
        DuplicateCallError: The key stands for an earlier call.
        KeyReusedError: It stands for another request.
    """
    if key is not None:
        known = claim_key(connection, key, row.invocation_id, row.created_at_ms // 1_000)
        if known != row.invocation_id:
            raise DuplicateCallError(known)
    insert_invocation(connection, row)


def store_first_job(
    connection: Connection, row: InvocationRow, key: IdempotencyKey | None, job: JobRow
) -> None:
    """Keep a new call and the job that it became at once.

    Args:
        connection: A connection in a transaction.
        row: The call.
        key: The caller's key, if it sent one.
        job: The job.

    Raises:
        DuplicateCallError: The key stands for an earlier call.
        KeyReusedError: It stands for another request.
    """
    store_call(connection, replace(row, state=InvocationState.RUNNING, attempt=job.attempt), key)
    insert_job(connection, job)


def store_next_job(connection: Connection, job: JobRow) -> None:
    """Keep another job of a call that waited.

    Args:
        connection: A connection in a transaction.
        job: The job.

    Raises:
        InvalidTransitionError: The call does not wait.
    """
    if not begin_attempt(connection, job.invocation_id, job.attempt):
        raise InvalidTransitionError(f"The call {job.invocation_id} does not wait for a provider.")
    insert_job(connection, job)


def store_report(
    connection: Connection, job: JobRow, end: JobEnd, at_ms: int, call_end: InvocationEnd | None
) -> None:
    """Keep a report: the one record of its job.

    Args:
        connection: A connection in a transaction.
        job: The job.
        end: What is kept.
        at_ms: Unix milliseconds.
        call_end: How the call ends with it; ``None`` if it is to be tried elsewhere.

    Raises:
        InvalidTransitionError: The job has an end already.
    """
    if not end_job(connection, job.job_id, end, at_ms):
        raise InvalidTransitionError(f"The job {job.job_id} has an end already.")
    drop_uploads(connection, job.job_id)
    if call_end is None:
        queue_again(connection, job.invocation_id)
    else:
        end_invocation(connection, job.invocation_id, call_end)


def store_loss(
    connection: Connection, job: JobId, invocation: InvocationId, state: AttemptState, at_ms: int
) -> None:
    """Keep that a job will have no report, and have its call wait again.

    Args:
        connection: A connection in a transaction.
        job: The job.
        invocation: Its call.
        state: ``LOST`` or ``WITHDRAWN``.
        at_ms: Unix milliseconds.

    Raises:
        InvalidTransitionError: The job has an end already.
    """
    if not give_job_up(connection, job, state, at_ms):
        raise InvalidTransitionError(f"The job {job} has an end already.")
    queue_again(connection, invocation)
