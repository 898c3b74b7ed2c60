"""The Flask app: nothing at import time, any number of apps in one process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from chainfaas.controller.api.answers import problem_answer
from chainfaas.controller.api.request_pace import RequestPaces
from chainfaas.controller.api.routes import (
    bundles,
    chain_access,
    health,
    invocations,
    provider,
    readings,
    sessions,
)
from chainfaas.controller.api.services import EXTENSION
from chainfaas.controller.problems import TYPE_PREFIX, problem_document
from chainfaas.domain.errors import ChainFaaSError, InternalError
from chainfaas.domain.wire.multipart import BODY_MAX_BYTES

if TYPE_CHECKING:
    from chainfaas.controller.api.services import Services

_SERVER_FAULT = 500
_log = structlog.get_logger(__name__)


def create_app(made: Services) -> Flask:
    """Make the app.

    Args:
        made: What the routes use.

    Returns:
        The app, which starts nothing.
    """
    app = Flask("chainfaas", static_folder=None)
    app.extensions[EXTENSION] = made
    RequestPaces.install(app, made.limits, made.settings.threads)
    app.config["MAX_CONTENT_LENGTH"] = BODY_MAX_BYTES
    app.url_map.strict_slashes = False
    for subject in (bundles, sessions, provider, invocations, readings, chain_access, health):
        app.register_blueprint(subject.routes)
    app.register_error_handler(ChainFaaSError, answer_own_error)
    app.register_error_handler(HTTPException, _answer_http_error)
    app.register_error_handler(Exception, _answer_fault)
    return app


def answer_own_error(error: ChainFaaSError) -> Response:
    """Return an error as a problem, which is logged if it is a fault of ours.

    Args:
        error: What happened.
    """
    document = problem_document(error)
    if int(document["status"]) >= _SERVER_FAULT and document["code"] == InternalError.code:
        _log.error(
            "A request met a fault of ours.", action="request_fault", path=request.path, exc_info=error
        )
    return problem_answer(document)


def _answer_http_error(error: HTTPException) -> Response:
    name = error.name.lower().replace(" ", "-")
    return problem_answer(
        {
            "type": TYPE_PREFIX + name,
            "status": error.code or _SERVER_FAULT,
            "code": name,
            "title": error.name,
            "detail": error.description or error.name,
        }
    )


def _answer_fault(error: Exception) -> Response:
    # What the fault was is for the log alone: it may hold what a stranger should not read.
    _log.error("A request met a fault of ours.", action="request_fault", path=request.path, exc_info=error)
    return problem_answer(problem_document(InternalError()))
