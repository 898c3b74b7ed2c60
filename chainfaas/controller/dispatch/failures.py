"""A function that ran and failed, as its caller is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chainfaas.controller.errors import (
    FAILURE_OF_STATUS,
    FunctionErrorError,
    FunctionFailedError,
    InvocationCancelledError,
)
from chainfaas.controller.problems import problem_document

if TYPE_CHECKING:
    from chainfaas.controller.dispatch.held_job import HeldJob
    from chainfaas.controller.storage.job_ends import JobEnd
    from chainfaas.domain.canonical_json import JsonValue


def failure_problem(job: HeldJob, end: JobEnd) -> dict[str, JsonValue]:
    """Return the problem document of a call whose function failed.

    Args:
        job: The job.
        end: How it ended, with a status that is paid and not a success.
    """
    invocation = str(job.call.invocation_id)
    kind = FAILURE_OF_STATUS[end.record.status]
    said = f" The provider says: {end.reason}" if end.reason else ""
    error = kind(f"{_sentence(kind, end)}{said}", remedy=_remedy(kind, invocation))
    error.facts = {
        "invocation": invocation,
        "job": str(job.job_id),
        "exitCode": end.receipt.exit_code,
        "billedMs": end.record.billed_ms,
        "cost": str(end.cost),
        "log": f"/v1/invocations/{invocation}/log",
    }
    return problem_document(error)


def _sentence(kind: type[FunctionFailedError], end: JobEnd) -> str:
    if kind is FunctionErrorError:
        return f"The function ended with exit code {end.receipt.exit_code}."
    return (kind.__doc__ or "").strip()


def _remedy(kind: type[FunctionFailedError], invocation: str) -> str | None:
    if kind is InvocationCancelledError:
        return None
    return f"Read its log: `chainfaas invocation log {invocation}`, or GET /v1/invocations/{invocation}/log."
