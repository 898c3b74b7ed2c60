"""The provider protocol: docs/reference/provider-protocol.md."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, request

from chainfaas.controller.api.answers import json_answer
from chainfaas.controller.api.request_reading import body_bytes, json_body, operator
from chainfaas.controller.api.services import services
from chainfaas.controller.api.sessions import provider_of
from chainfaas.controller.dispatch.poll_desk import AnsweredPoll
from chainfaas.controller.storage.session_rows import LoggedIn
from chainfaas.controller.storage.upload_rows import UploadKind
from chainfaas.domain.canonical_json import JsonValue
from chainfaas.domain.identifiers import job_id
from chainfaas.domain.wire.blobs import check_blobs
from chainfaas.domain.wire.multipart import BODY_MAX_BYTES, MESSAGE_MAX_BYTES, decode_body, encode_body
from chainfaas.domain.wire.polls import Poll, parse_poll
from chainfaas.domain.wire.reports import ReportsAnswer, parse_reports_request
from chainfaas.domain.wire.settlements import parse_settlements_request

routes = Blueprint("provider", __name__)

_LONGEST_CONTENT_BYTES = 7 * 1024 * 1024


@routes.post("/v1/provider/poll")
def poll() -> Response:
    """Answer when there is something to say."""
    holder = operator()
    wanted = parse_poll(json_body(MESSAGE_MAX_BYTES))
    said = services().polls.answer(provider_of(holder), wanted)
    return _with_parts(said.answer.as_json(), said.blobs)


@routes.post("/v1/provider/reports")
def reports() -> Response:
    """Take reports, each by itself, and answer the poll that came with them."""
    holder = operator()
    body = decode_body(request.headers.get("Content-Type", ""), body_bytes(BODY_MAX_BYTES, "body"))
    wanted = parse_reports_request(body.message)
    check_blobs(wanted.blob_references, body.blobs)
    results = tuple(services().reports.take(holder, report, body.blobs) for report in wanted.reports)
    said = None if wanted.poll is None else _answered(holder, wanted.poll)
    answer = ReportsAnswer(results, None if said is None else said.answer)
    return _with_parts(answer.as_json(), {} if said is None else said.blobs)


@routes.post("/v1/provider/settlements")
def settlements() -> Response:
    """Give what can be handed in at the ledger now."""
    holder = operator()
    wanted = parse_settlements_request(json_body(MESSAGE_MAX_BYTES))
    return json_answer(services().settlements.answer(provider_of(holder), wanted.jobs).as_json())


@routes.get("/v1/jobs/<job>/input")
def job_input(job: str) -> Response:
    """Give an input that is too long for the poll's answer."""
    content = services().job_contents.read_input(provider_of(operator()), job_id(job))
    return Response(content, content_type="application/octet-stream")


@routes.put("/v1/jobs/<job>/output")
def job_output(job: str) -> Response:
    """Take an output that is too long for its report."""
    return _keep(job, UploadKind.OUTPUT)


@routes.put("/v1/jobs/<job>/log")
def job_log(job: str) -> Response:
    """Take a log that is too long for its report."""
    return _keep(job, UploadKind.LOG)


def _keep(job: str, kind: UploadKind) -> Response:
    provider = provider_of(operator())
    content = body_bytes(_LONGEST_CONTENT_BYTES, kind.value)
    services().job_contents.keep(provider, job_id(job), kind, content)
    return Response(status=204)


def _answered(holder: LoggedIn, wanted: Poll) -> AnsweredPoll:
    at_once = Poll(0, wanted.capacity, wanted.ready, wanted.running, wanted.draining)
    return services().polls.answer(provider_of(holder), at_once)


def _with_parts(message: Mapping[str, JsonValue], blobs: Mapping[str, bytes]) -> Response:
    body = encode_body(message, blobs)
    return Response(body.raw, content_type=body.content_type)
