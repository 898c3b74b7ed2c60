"""Batches and jobs, and what a job's steps do to the escrow that pays it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from chainfaas.controller.indexing.errors import EventOrderError
from chainfaas.controller.indexing.projections.money import change_escrow
from chainfaas.domain.identifiers import JobId, decompose_batch_id, decompose_job_id
from chainfaas.domain.job_states import JobState, JobStep, transition

if TYPE_CHECKING:
    from collections.abc import Callable

    from chainfaas.controller.indexing.plain_event import PlainEvent
    from chainfaas.controller.indexing.working_set import Row, RowValue, WorkingSet


def _batch_opened(event: PlainEvent, rows: WorkingSet) -> None:
    batch_id = event.number("batchId")
    rows.put(
        "batches",
        {
            "batch_id": batch_id,
            "controller_id": decompose_batch_id(batch_id).controller,
            "provider_id": event.number("providerId"),
            "base_fee": event.number("baseFee"),
            "price": event.number("price"),
            "deadline": event.number("deadline"),
            "job_count": event.number("count"),
            "block_number": event.block_number,
            "tx_hash": event.tx_hash,
        },
    )


def _job_opened(event: PlainEvent, rows: WorkingSet) -> None:
    job = _new_job(event, rows, JobStep.OPEN)
    reserved = event.number("reserved")
    place: Row = {"opened_block": event.block_number, "opened_tx": event.tx_hash}
    rows.put("jobs", {**job, **place, "reserved": reserved})
    _change_escrow(rows, job, free=-reserved, reserved=reserved)


def _job_unfunded(event: PlainEvent, rows: WorkingSet) -> None:
    job = _new_job(event, rows, JobStep.LEAVE_UNFUNDED)
    rows.put("jobs", {**job, **_ended(event), "needed": event.number("needed")})


def _job_recorded(event: PlainEvent, rows: WorkingSet) -> None:
    job = _new_job(event, rows, JobStep.RECORD)
    rows.put("jobs", {**job, **_ended(event), **_outcome(event)})
    _change_escrow(rows, job, free=-event.number("cost"))


def _job_settled(event: PlainEvent, rows: WorkingSet) -> None:
    job = _open_job(event, rows)
    step: Row = {"state": transition(JobState(str(job["state"])), JobStep.SETTLE).value}
    rows.put("jobs", {**job, **step, **_ended(event), **_outcome(event)})
    reserved = int(job["reserved"] or 0)
    _change_escrow(rows, job, free=reserved - event.number("cost"), reserved=-reserved)


def _job_declined(event: PlainEvent, rows: WorkingSet) -> None:
    _give_back(event, rows, JobStep.DECLINE, event.number("reason"))


def _job_expired(event: PlainEvent, rows: WorkingSet) -> None:
    _give_back(event, rows, JobStep.EXPIRE, None)


def _give_back(event: PlainEvent, rows: WorkingSet, step: JobStep, status: int | None) -> None:
    job = _open_job(event, rows)
    state = transition(JobState(str(job["state"])), step).value
    rows.put("jobs", {**job, **_ended(event), "state": state, "status": status, "cost": 0})
    reserved = int(job["reserved"] or 0)
    _change_escrow(rows, job, free=reserved, reserved=-reserved)


def _new_job(event: PlainEvent, rows: WorkingSet, step: JobStep) -> Row:
    job_id = event.number("jobId")
    batch_id = decompose_job_id(JobId(job_id)).batch
    batch = rows.get("batches", batch_id)
    if batch is None or rows.get("jobs", job_id) is not None:
        raise EventOrderError(f"{event.name} of job {job_id} has no batch before it, or is its second.")
    unknown: dict[str, RowValue] = dict.fromkeys(
        (
            "reserved",
            "needed",
            "status",
            "billed_ms",
            "cost",
            "receipt_hash",
            "opened_block",
            "opened_tx",
            "ended_block",
            "ended_tx",
        )
    )
    return {
        **unknown,
        "job_id": job_id,
        "batch_id": batch_id,
        "controller_id": batch["controller_id"],
        "provider_id": batch["provider_id"],
        "developer": event.text("developer"),
        "version_id": event.number("versionId"),
        "state": transition(JobState.NONE, step).value,
        "details": event.text("details"),
    }


def _open_job(event: PlainEvent, rows: WorkingSet) -> Row:
    job_id = event.number("jobId")
    job = rows.get("jobs", job_id)
    if job is None:
        raise EventOrderError(f"{event.name} of job {job_id} comes before it was opened.")
    return job


def _ended(event: PlainEvent) -> Row:
    return {"ended_block": event.block_number, "ended_tx": event.tx_hash}


def _outcome(event: PlainEvent) -> Row:
    return {
        "status": event.number("status"),
        "billed_ms": event.number("billedMs"),
        "cost": event.number("cost"),
        "receipt_hash": event.text("receiptHash"),
    }


def _change_escrow(rows: WorkingSet, job: Row, *, free: int, reserved: int = 0) -> None:
    change_escrow(rows, str(job["developer"]), int(job["controller_id"] or 0), free=free, reserved=reserved)


HANDLERS: Final[dict[str, Callable[[PlainEvent, WorkingSet], None]]] = {
    "BatchOpened": _batch_opened,
    "JobOpened": _job_opened,
    "JobUnfunded": _job_unfunded,
    "JobRecorded": _job_recorded,
    "JobSettled": _job_settled,
    "JobDeclined": _job_declined,
    "JobExpired": _job_expired,
}
"""What follows from each event about batches and jobs; ``BatchSkipped`` changes nothing."""
