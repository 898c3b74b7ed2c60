"""A function that ran and failed, as its caller is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chainfaas.controller.errors import FAILURE_OF_STATUS
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
    kind = FAILURE_OF_STATUS[end.record.status]
    said = f" The provider says: {end.reason}" if end.reason else ""
    error = kind(f"{(kind.__doc__ or '').strip()} Exit code {end.receipt.exit_code}.{said}")
    invocation = str(job.call.invocation_id)
    error.facts = {
        "invocation": invocation,
        "job": str(job.job_id),
        "exitCode": end.receipt.exit_code,
        "billedMs": end.record.billed_ms,
        "cost": str(end.cost),
        "log": f"/v1/invocations/{invocation}/log",
    }
    return problem_document(error)
