"""Takes up the calls and jobs that a former process of this controller left."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

import structlog

from chainfaas.controller.dispatch.calls import lane_of
from chainfaas.controller.dispatch.held_job import HeldJob
from chainfaas.controller.dispatch.pending_call import PendingCall
from chainfaas.controller.dispatch.provider_seat import ProviderSeat
from chainfaas.controller.storage.batch_rows import BatchRow, close_left_batches, read_batches
from chainfaas.controller.storage.invocation_rows import (
    InvocationEnd,
    InvocationRow,
    end_invocation,
    unfinished_invocations,
)
from chainfaas.controller.storage.job_rows import JobRow, assigned_jobs, jobs_of_invocation
from chainfaas.controller.storage.late_ends import late_ends
from chainfaas.controller.storage.states import AttemptState, InvocationState
from chainfaas.controller.storage.stored_content import StoredContent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from chainfaas.controller.dispatch.dispatch_state import DispatchParts, DispatchState
    from chainfaas.controller.storage.chain_view import KnownVersion
    from chainfaas.controller.storage.database import Database
    from chainfaas.domain.identifiers import BatchId, InvocationId, ProviderId

_log = structlog.get_logger(__name__)


def recover_calls(parts: DispatchParts, state: DispatchState, database: Database) -> None:
    """Fill an empty state from the database; before anything is served, after the index is up to date.

    How providers did lately is read from the chain's records.

    Jobs that providers have are theirs for another lease, within which they are heard or lose them.

    Args:
        parts: What dispatch works with.
        state: What it knows: nothing yet.
        database: Where calls and jobs are read.
    """
    parts.writer.run(close_left_batches)
    with database.engine.execution_options(reads_only=True).connect() as connection:
        jobs = {job.invocation_id: job for job in assigned_jobs(connection)}
        batches = {row.batch_id: row for row in _batches(connection, jobs)}
        left = unfinished_invocations(connection)
        tried = {row.invocation_id: _tried(connection, row.invocation_id) for row in left}
        ends = late_ends(connection, parts.identity.controller_id)
    with state.lock:
        for provider, is_good in ends:
            _seat(state, provider).judge_end(is_good=is_good)
        for row in left:
            version = parts.view.version(row.version_id)
            if version is None:
                # The index is behind what it once was; the next start takes the call up.
                _log.error(
                    "A call's version is not in the index.",
                    action="version_gone",
                    call=str(row.invocation_id),
                )
                continue
            call = _call(parts, row, version, tried[row.invocation_id])
            job = jobs.get(row.invocation_id)
            if job is None and call.is_cancelled:
                end = InvocationEnd(InvocationState.CANCELLED, parts.now_ms())
                parts.writer.run(partial(end_invocation, invocation=row.invocation_id, end=end))
                continue
            state.calls[row.invocation_id] = call
            if job is None:
                state.queue.add(call)
            else:
                _hold(parts, state, _held(parts, job, batches[job.batch_id], call))
    if left:
        _log.info("Calls of a former process go on.", action="recover_calls", calls=len(left))


def _batches(connection: Connection, jobs: Mapping[InvocationId, JobRow]) -> list[BatchRow]:
    numbers: set[BatchId] = {job.batch_id for job in jobs.values()}
    return read_batches(connection, sorted(numbers))


def _tried(connection: Connection, invocation: InvocationId) -> dict[ProviderId, str]:
    return {
        job.provider_id: job.end.reason if job.end is not None else job.state.value
        for job in jobs_of_invocation(connection, invocation)
        if job.state is not AttemptState.ASSIGNED and not (job.end is not None and job.end.was_for_room)
    }


def _call(
    parts: DispatchParts, row: InvocationRow, version: KnownVersion, tried: dict[ProviderId, str]
) -> PendingCall:
    since_ms = max(0, parts.now_ms() - row.created_at_ms)
    return PendingCall(
        row=row,
        version=version,
        lane=lane_of(version, parts.settings.fast_timeout_ms),
        input=StoredContent(row.input_size_bytes, row.input, row.input_reference),
        received_ns=time.monotonic_ns() - since_ms * 1_000_000,
        give_up_seconds=parts.monotonic() + parts.settings.queue_seconds,
        attempt=row.attempt,
        tried=tried,
        is_stored=True,
        is_cancelled=row.cancelled_at_ms is not None,
    )


def _held(parts: DispatchParts, job: JobRow, batch: BatchRow, call: PendingCall) -> HeldJob:
    since_ms = max(0, parts.now_ms() - job.assigned_at_ms)
    held = HeldJob(
        row=job,
        batch=batch,
        call=call,
        lease_end_seconds=parts.monotonic() + parts.settings.lease_seconds,
        # Whether it was handed out is not known: if it was not, its provider will not name it, and loses it.
        handed_out_ns=time.monotonic_ns() - since_ms * 1_000_000,
        processing_us=max(0, job.assigned_at_ms - call.row.created_at_ms) * 1_000,
        is_inherited=True,
    )
    held.hand_out(parts.monotonic(), parts.settings.lease_seconds)
    return held


def _hold(parts: DispatchParts, state: DispatchState, job: HeldJob) -> None:
    seat = _seat(state, job.provider_id)
    seat.heard_seconds = parts.monotonic()
    seat.jobs[job.job_id] = job
    if job.call.is_cancelled:
        seat.cancel.add(job.job_id)
    state.jobs[job.job_id] = job


def _seat(state: DispatchState, provider: ProviderId) -> ProviderSeat:
    # Who has a seat and is not heard counts as silent since the start, like those who have none.
    return state.seats.setdefault(provider, ProviderSeat(provider, state.started_seconds))
