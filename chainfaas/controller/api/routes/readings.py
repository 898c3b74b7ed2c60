"""What anybody may read: the network, its limits, functions, providers, jobs."""

from __future__ import annotations

from flask import Blueprint, Response, request

from chainfaas.controller.api.answers import json_answer
from chainfaas.controller.api.documents import (
    attempt_json,
    escrow_json,
    function_json,
    provider_json,
    version_json,
)
from chainfaas.controller.api.request_reading import bearer_token, developer, list_limit
from chainfaas.controller.api.services import services
from chainfaas.controller.errors import FunctionNotFoundError, JobNotFoundError
from chainfaas.controller.storage.job_history import chain_job, job_events, recent_chain_jobs
from chainfaas.controller.storage.job_rows import JobRow, read_job
from chainfaas.domain.canonical_json import JsonValue
from chainfaas.domain.errors import ChainFaaSError, NotFoundError
from chainfaas.domain.identifiers import Address, job_id, provider_id, version_id

routes = Blueprint("readings", __name__)


@routes.get("/v1/network")
def network() -> Response:
    """Tell which network and which controller this is."""
    head = services().health.clock.head
    shown = None if head is None else {"number": head.number, "timestamp": head.timestamp}
    return json_answer({**services().network.as_json(), "head": shown})


@routes.get("/v1/limits")
def limits() -> Response:
    """Tell what one call may use."""
    return json_answer(services().limits.as_json())


@routes.get("/v1/account")
def account() -> Response:
    """Tell the caller what its escrow for this controller holds."""
    who = developer()
    return json_answer(
        {
            "address": str(who),
            "escrow": escrow_json(services().view.escrow(who), services().calls.promised(who)),
        }
    )


@routes.get("/v1/functions")
def functions() -> Response:
    """List an owner's functions (``?owner=``), else the latest of all."""
    text, view = request.args.get("owner"), services().view
    found = view.functions(list_limit()) if text is None else view.functions_of(Address.parse(text))
    shown = [
        function_json(each, None if each.live_version is None else view.version(each.live_version))
        for each in found
    ]
    return json_answer({"functions": shown})


@routes.get("/v1/functions/<name>")
def function(name: str) -> Response:
    """Show a function by ``fn-<id>`` or by a name of the caller's own."""
    return _function(name)


@routes.get("/v1/functions/<owner>/<name>")
def owned_function(owner: str, name: str) -> Response:
    """Show a function by its owner and its name."""
    return _function(f"{owner}/{name}")


@routes.get("/v1/versions/<number>")
def version(number: str) -> Response:
    """Show a version."""
    known = services().view.version(version_id(number))
    if known is None:
        raise FunctionNotFoundError(f"There is no version {number}.")
    return json_answer(version_json(known))


@routes.get("/v1/providers")
def providers() -> Response:
    """List the providers and when each was last heard here."""
    calls = services().calls
    shown = [
        provider_json(each, calls.silent_seconds(each.provider_id)) for each in services().view.providers()
    ]
    return json_answer({"providers": shown})


@routes.get("/v1/providers/<number>")
def provider(number: str) -> Response:
    """Show a provider."""
    known = services().view.provider(provider_id(number))
    if known is None:
        raise NotFoundError(f"There is no provider {number}.")
    return json_answer(provider_json(known, services().calls.silent_seconds(known.provider_id)))


@routes.get("/v1/jobs")
def jobs() -> Response:
    """List the jobs that the chain took up last."""
    with services().database.engine.execution_options(reads_only=True).connect() as connection:
        return json_answer({"jobs": recent_chain_jobs(connection, list_limit())})


@routes.get("/v1/jobs/<number>")
def job(number: str) -> Response:
    """Show a job and every event of it on the chain; to its caller also what only the controller knows."""
    wanted = job_id(number)
    with services().database.engine.execution_options(reads_only=True).connect() as connection:
        shown, own = chain_job(connection, wanted), read_job(connection, wanted)
        events = job_events(connection, wanted)
    if shown is None and own is None:
        raise JobNotFoundError(f"There is no job {number}.")
    private = None if own is None or not _is_callers(own) else _private(own)
    return json_answer({"job": str(wanted), "chain": shown, "events": events, "attempt": private})


def _function(name: str) -> Response:
    token = bearer_token()
    asker = None if token is None else services().sessions.holder_of(token).account
    found = services().calls.find_function(name, asker)
    live = None if found.live_version is None else services().view.version(found.live_version)
    versions = [version_json(each) for each in services().view.versions_of(found.function_id)]
    return json_answer({**function_json(found, live), "versions": versions})


def _is_callers(own: JobRow) -> bool:
    try:
        services().calls.read(developer(), own.invocation_id)
    except ChainFaaSError:
        return False
    return True


def _private(own: JobRow) -> dict[str, JsonValue]:
    return {"invocation": str(own.invocation_id), **attempt_json(own)}
