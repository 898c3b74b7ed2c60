"""Calls in the database: each change names the states that it expects."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, update

from chainfaas.controller.storage.schema import PRIVATE
from chainfaas.controller.storage.states import InvocationState
from chainfaas.domain.identifiers import FunctionId, InvocationId, JobId, VersionId

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection, Row

    from chainfaas.domain.encodings import Bytes32
    from chainfaas.domain.identifiers import Address

_TABLE = PRIVATE.invocations
_INSERT = insert(_TABLE)
_UNFINISHED = (InvocationState.QUEUED, InvocationState.RUNNING)


@dataclass(frozen=True, slots=True)
class InvocationRow:
    """A call.

    Attributes:
        invocation_id: Its number.
        account: Who called.
        function_id: What was called.
        version_id: The version that was live.
        developer: Whose escrow pays.
        output_limit_bytes: The most output that is taken.
        state: How far it has come.
        attempt: Jobs that were begun for it.
        input_hash: Salted hash of the input.
        input_size_bytes: Its length.
        input: The input, if it is short and still needed.
        input_reference: Where it is kept, if it is long and still needed.
        created_at_ms: Unix milliseconds.
        ended_at_ms: Unix milliseconds.
        job_id: The job whose answer it is.
        problem: Why there is no output.
        cancelled_at_ms: When its caller gave it up, whatever became of it.
    """

    invocation_id: InvocationId
    account: Address
    function_id: FunctionId
    version_id: VersionId
    developer: Address
    output_limit_bytes: int
    state: InvocationState
    attempt: int
    input_hash: Bytes32
    input_size_bytes: int
    input: bytes | None
    input_reference: str | None
    created_at_ms: int
    ended_at_ms: int | None = None
    job_id: JobId | None = None
    problem: Mapping[str, Any] | None = None
    cancelled_at_ms: int | None = None

    def queued_again(self) -> InvocationRow:
        """Return the call as it waits for another attempt."""
        return replace(self, state=InvocationState.QUEUED)


def insert_invocation(connection: Connection, row: InvocationRow) -> None:
    """Add a call.

    Args:
        connection: A connection in a transaction.
        row: The call.
    """
    connection.execute(
        _INSERT,
        {
            "invocation_id": row.invocation_id.raw,
            "account": row.account,
            "function_id": row.function_id,
            "version_id": row.version_id,
            "developer": row.developer,
            "output_limit_bytes": row.output_limit_bytes,
            "state": row.state.value,
            "attempt": row.attempt,
            "input_hash": row.input_hash,
            "input_size_bytes": row.input_size_bytes,
            "input": row.input,
            "input_reference": row.input_reference,
            "created_at_ms": row.created_at_ms,
        },
    )


def begin_attempt(connection: Connection, invocation: InvocationId, attempt: int) -> bool:
    """Say that a provider has the call.

    Args:
        connection: A connection in a transaction.
        invocation: The call.
        attempt: Number of the attempt.

    Returns:
        Whether it was waiting for that.
    """
    return _move(
        connection,
        invocation,
        (InvocationState.QUEUED,),
        {"state": InvocationState.RUNNING, "attempt": attempt},
    )


def queue_again(connection: Connection, invocation: InvocationId) -> bool:
    """Have the call wait for another attempt.

    Args:
        connection: A connection in a transaction.
        invocation: The call.

    Returns:
        Whether it was running.
    """
    return _move(connection, invocation, (InvocationState.RUNNING,), {"state": InvocationState.QUEUED})


def note_cancellation(connection: Connection, invocation: InvocationId, at_ms: int) -> bool:
    """Keep that a caller gave a call up, until it has ended for whatever reason.

    Args:
        connection: A connection in a transaction.
        invocation: The call.
        at_ms: Unix milliseconds.

    Returns:
        Whether it had not ended before.
    """
    return _move(connection, invocation, _UNFINISHED, {"cancelled_at_ms": at_ms})


@dataclass(frozen=True, slots=True)
class InvocationEnd:
    """How a call ended.

    Attributes:
        state: A final state.
        at_ms: Unix milliseconds.
        job_id: The job whose answer it is, if there is one.
        problem: Why there is no output.
    """

    state: InvocationState
    at_ms: int
    job_id: JobId | None = None
    problem: Mapping[str, Any] | None = None


def end_invocation(connection: Connection, invocation: InvocationId, end: InvocationEnd) -> bool:
    """End a call; its input is no longer needed.

    Args:
        connection: A connection in a transaction.
        invocation: The call.
        end: How.

    Returns:
        Whether it had not ended before.
    """
    values = {
        "state": end.state,
        "ended_at_ms": end.at_ms,
        "job_id": end.job_id,
        "problem": None if end.problem is None else json.dumps(end.problem),
        "input": None,
        "input_reference": None,
    }
    return _move(connection, invocation, _UNFINISHED, values)


def read_invocation(connection: Connection, invocation: InvocationId) -> InvocationRow | None:
    """Return a call, or ``None`` if there is none.

    Args:
        connection: A connection.
        invocation: Its number.
    """
    row = connection.execute(select(_TABLE).where(_TABLE.c.invocation_id == invocation.raw)).one_or_none()
    return None if row is None else _of_row(row)


def unfinished_invocations(connection: Connection) -> list[InvocationRow]:
    """Return all calls that have not ended, oldest first.

    Args:
        connection: A connection.
    """
    query = select(_TABLE).where(_TABLE.c.state.in_(_UNFINISHED)).order_by(_TABLE.c.created_at_ms)
    return [_of_row(row) for row in connection.execute(query)]


def invocations_of(connection: Connection, account: Address, limit: int) -> list[InvocationRow]:
    """Return an account's latest calls, the latest first.

    Args:
        connection: A connection.
        account: Who called.
        limit: How many at most.
    """
    columns = _TABLE.c
    query = select(_TABLE).where(columns.account == account).order_by(columns.created_at_ms.desc())
    return [_of_row(row) for row in connection.execute(query.limit(limit))]


def input_references(connection: Connection) -> set[str]:
    """Return the references of all inputs that are kept as files.

    Args:
        connection: A connection.
    """
    column = _TABLE.c.input_reference
    return set(connection.execute(select(column).where(column.is_not(None))).scalars())


def count_by_state(connection: Connection) -> dict[str, int]:
    """Return how many calls there are in each state.

    Args:
        connection: A connection.
    """
    query = select(_TABLE.c.state, func.count()).group_by(_TABLE.c.state)
    return {row[0]: int(row[1]) for row in connection.execute(query)}


def _move(
    connection: Connection,
    invocation: InvocationId,
    expected: Iterable[InvocationState],
    values: Mapping[str, Any],
) -> bool:
    moved = connection.execute(
        update(_TABLE)
        .where(_TABLE.c.invocation_id == invocation.raw, _TABLE.c.state.in_(tuple(expected)))
        .values(values)
    )
    return moved.rowcount == 1


def _of_row(row: Row[Any]) -> InvocationRow:
    return InvocationRow(
        invocation_id=InvocationId(row.invocation_id),
        account=row.account,
        function_id=FunctionId(row.function_id),
        version_id=VersionId(row.version_id),
        developer=row.developer,
        output_limit_bytes=row.output_limit_bytes,
        state=InvocationState(row.state),
        attempt=row.attempt,
        input_hash=row.input_hash,
        input_size_bytes=row.input_size_bytes,
        input=None if row.input is None else bytes(row.input),
        input_reference=row.input_reference,
        created_at_ms=row.created_at_ms,
        ended_at_ms=row.ended_at_ms,
        job_id=None if row.job_id is None else JobId(row.job_id),
        problem=None if row.problem is None else json.loads(row.problem),
        cancelled_at_ms=row.cancelled_at_ms,
    )
