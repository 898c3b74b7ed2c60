"""Calls: making them, and looking at them afterwards."""

from __future__ import annotations

import time

from flask import Blueprint, Response
from sqlalchemy import Connection

from chainfaas.controller.api.answers import accepted_answer, ended_answer, fresh_answer, json_answer
from chainfaas.controller.api.documents import invocation_json
from chainfaas.controller.api.request_pace import paces
from chainfaas.controller.api.request_reading import (
    body_bytes,
    developer,
    idempotency_key,
    list_limit,
    wait_seconds,
)
from chainfaas.controller.api.services import services
from chainfaas.controller.dispatch.calls import CallRequest
from chainfaas.controller.errors import ContentGoneError, StillRunningError
from chainfaas.controller.load_errors import OverloadedError
from chainfaas.controller.storage.invocation_rows import InvocationRow, invocations_of
from chainfaas.controller.storage.job_rows import JobRow, jobs_of_invocation, read_job
from chainfaas.domain.identifiers import InvocationId

routes = Blueprint("invocations", __name__)


@routes.post("/v1/functions/<name>/invocations")
def invoke_own(name: str) -> Response:
    """Call a function by ``fn-<id>`` or by a name of the caller's own; the body is the input."""
    return _invoke(name)


@routes.post("/v1/functions/<owner>/<name>/invocations")
def invoke(owner: str, name: str) -> Response:
    """Call a function by its owner and its name."""
    return _invoke(f"{owner}/{name}")


@routes.get("/v1/invocations")
def recent() -> Response:
    """List the caller's latest calls."""
    account, limit = developer(), list_limit()
    with _reading() as connection:
        rows = invocations_of(connection, account, limit)
    return json_answer({"invocations": [invocation_json(row, ()) for row in rows]})


@routes.get("/v1/invocations/<invocation>")
def show(invocation: str) -> Response:
    """Show a call; waits for its end if asked to (``Prefer: wait=N``)."""
    row = _row(invocation, wait_seconds(0.0))
    with _reading() as connection:
        jobs = jobs_of_invocation(connection, row.invocation_id)
    return json_answer(invocation_json(row, jobs))


@routes.delete("/v1/invocations/<invocation>")
def cancel(invocation: str) -> Response:
    """Give a call up."""
    number = InvocationId.parse(invocation)
    services().calls.cancel(developer(), number)
    return accepted_answer(number)


@routes.get("/v1/invocations/<invocation>/output")
def output(invocation: str) -> Response:
    """Give the answer of a call again, as the caller got it or would have got it."""
    row = _row(invocation, wait_seconds(0.0))
    if not row.state.is_final:
        raise StillRunningError(f"The invocation {row.invocation_id} is {row.state.value}.")
    return ended_answer(row)


@routes.get("/v1/invocations/<invocation>/log")
def log(invocation: str) -> Response:
    """Give what the function wrote beside its output."""
    job = _ended_job(_row(invocation, 0.0))
    assert job.end is not None  # noqa: S101 - looked at when the job was chosen
    response = Response(job.end.log.read(services().contents), content_type="text/plain; charset=utf-8")
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@routes.get("/v1/invocations/<invocation>/receipt")
def receipt(invocation: str) -> Response:
    """Give the portable receipt."""
    row = _row(invocation, 0.0)
    job = _ended_job(row)
    assert job.end is not None  # noqa: S101 - looked at when the job was chosen
    document = services().receipts.document(row, job, job.end)
    return Response(document.canonical_bytes, content_type="application/json")


def _invoke(name: str) -> Response:
    received_ns = time.monotonic_ns()
    account = developer()
    calls, limits = services().calls, services().limits
    request = CallRequest(
        account, name, body_bytes(limits.input_max_bytes, "input"), idempotency_key(), received_ns
    )
    invocation = calls.take(request)
    wait = wait_seconds(services().settings.answer_wait_seconds)
    # Where too many wait already, the call goes on and the caller is told where it ends.
    with paces().waits.place(account) as may_wait:
        call = calls.wait(invocation, wait if may_wait else 0.0) if wait else None
    if call is not None and call.outcome is not None:
        return fresh_answer(call)
    row = calls.read(account, invocation)
    if row.state.is_final:
        return ended_answer(row)
    services().database.sync()  # whoever is told to come back later finds the call, whatever happens
    return accepted_answer(invocation)


def _row(invocation: str, wait: float) -> InvocationRow:
    account, number = developer(), InvocationId.parse(invocation)
    row = services().calls.read(account, number)
    if wait and not row.state.is_final:
        with paces().waits.place(account) as may_wait:
            if not may_wait:
                raise OverloadedError("Too many requests wait for the end of a call.")
            services().calls.wait(number, wait)
        row = services().calls.read(account, number)
    return row


def _ended_job(row: InvocationRow) -> JobRow:
    if not row.state.is_final:
        raise StillRunningError(f"The invocation {row.invocation_id} is {row.state.value}.")
    if row.job_id is not None:
        with _reading() as connection:
            job = read_job(connection, row.job_id)
        if job is not None and job.end is not None:
            return job
    raise ContentGoneError(f"The invocation {row.invocation_id} ended without a run.")


def _reading() -> Connection:
    return services().database.engine.execution_options(reads_only=True).connect()
