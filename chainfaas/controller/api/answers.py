"""How calls are answered: the output as it is, or a problem, with the same headers beside it."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from flask import Response

from chainfaas.controller.api.services import services
from chainfaas.controller.errors import InvocationCancelledError
from chainfaas.controller.problems import problem_document
from chainfaas.controller.storage.job_rows import read_job
from chainfaas.domain.wire.problems import PROBLEM_CONTENT_TYPE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chainfaas.controller.dispatch.pending_call import PendingCall
    from chainfaas.controller.storage.batch_rows import BatchRow
    from chainfaas.controller.storage.invocation_rows import InvocationRow
    from chainfaas.controller.storage.job_ends import CallTimes, JobEnd
    from chainfaas.controller.storage.job_rows import JobRow
    from chainfaas.domain.canonical_json import JsonValue
    from chainfaas.domain.identifiers import InvocationId, JobId
    from chainfaas.domain.receipt_documents import ReceiptDocument

# A function's output is shown as what its owner calls it, but never runs in this site's name.
_SAFETY = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "no-store",
}


def json_answer(document: Mapping[str, JsonValue], status: int = 200) -> Response:
    """Return a JSON answer.

    Args:
        document: The document.
        status: The status of HTTP.
    """
    raw = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return Response(raw, status, mimetype="application/json")


def problem_answer(problem: Mapping[str, JsonValue]) -> Response:
    """Return a problem document.

    Args:
        problem: The document, with its status.
    """
    status, wait = problem["status"], problem.get("retryAfterSeconds")
    response = Response(json.dumps(problem), int(str(status)), content_type=PROBLEM_CONTENT_TYPE)
    if wait is not None:
        response.headers["Retry-After"] = str(wait)
    return response


def accepted_answer(invocation: InvocationId) -> Response:
    """Return that a call goes on, and where its end can be seen.

    Args:
        invocation: The call.
    """
    place = f"/v1/invocations/{invocation}"
    response = json_answer({"invocation": str(invocation), "location": place}, 202)
    response.headers["Location"] = place
    response.headers["ChainFaaS-Invocation"] = str(invocation)
    return response


def output_answer(row: InvocationRow, job: JobRow) -> Response:
    """Return the output of a call that succeeded.

    Args:
        row: The call.
        job: The job whose answer it is.
    """
    assert job.end is not None  # noqa: S101 - a call succeeds with a job that ended
    known = services().view.version(row.version_id)
    manifest = None if known is None else known.manifest
    response = Response(
        job.end.output.read(services().contents),
        content_type="application/octet-stream" if manifest is None else manifest.content_type,
    )
    response.headers.update(_SAFETY)
    return response


def ended_answer(row: InvocationRow) -> Response:
    """Return the answer to a call that ended, as the database has it.

    Args:
        row: The call.
    """
    job = None if row.job_id is None else _read_job(row.job_id)
    return _answer(row, job, None, None)


def fresh_answer(call: PendingCall) -> Response:
    """Return the answer to a call that ended just now, without asking the database.

    Args:
        call: The call, with an outcome.
    """
    row, outcome = call.ended_row, call.outcome
    assert row is not None  # noqa: S101 - it has an outcome
    assert outcome is not None  # noqa: S101 - the same
    return _answer(row, outcome.job, outcome.batch, call.response_us)


def _answer(
    row: InvocationRow, job: JobRow | None, batch: BatchRow | None, response_us: int | None
) -> Response:
    if row.problem is None and job is not None:
        response = output_answer(row, job)
    else:
        response = problem_answer(row.problem or problem_document(InvocationCancelledError()))
    response.headers["ChainFaaS-Invocation"] = str(row.invocation_id)
    if job is not None and job.end is not None:
        document = services().receipts.document(row, job, job.end, batch)
        response.headers["ChainFaaS-Job"] = str(job.job_id)
        response.headers["ChainFaaS-Cost"] = str(job.end.cost)
        response.headers["ChainFaaS-Receipt"] = _header_form(document)
        response.headers["Server-Timing"] = server_timing(job.end, response_us)
    return response


def server_timing(end: JobEnd, response_us: int | None = None) -> str:
    """Return the times of a call in milliseconds (W3C Server Timing); the payment's comes after the answer.

    Args:
        end: How its job ended.
        response_us: From the request to the stored result, where it is known better than stored.
    """
    shown = _shown_times(end.times, response_us) | {"cmp": end.metrics.get("runUs", 0)}
    entries = [f"{name};dur={shown[name] / 1_000:.3f}" for name in ("prc", "prv", "cmp", "rsp")]
    return ", ".join([*entries, 'bil;desc="on the chain, after this answer"'])


def times_json(end: JobEnd) -> dict[str, JsonValue]:
    """Return the times of a call in microseconds.

    Args:
        end: How its job ended.
    """
    return {**_shown_times(end.times, None), "cmp": end.metrics.get("runUs", 0)}


def _shown_times(times: CallTimes, response_us: int | None) -> dict[str, int]:
    return {
        "prc": times.processing_us,
        "prv": times.provisioning_us,
        "rsp": times.response_us if response_us is None else response_us,
    }


def _read_job(job: JobId) -> JobRow | None:
    with services().database.engine.execution_options(reads_only=True).connect() as connection:
        return read_job(connection, job)


def _header_form(document: ReceiptDocument) -> str:
    return base64.urlsafe_b64encode(document.canonical_bytes).rstrip(b"=").decode()
