"""For those who watch the controller."""

from __future__ import annotations

from flask import Blueprint, Response

from chainfaas.controller.api.answers import json_answer
from chainfaas.controller.api.services import services

routes = Blueprint("health", __name__)


@routes.get("/healthz")
def alive() -> Response:
    """Tell that requests are served."""
    return json_answer({"status": "ok"})


@routes.get("/readyz")
def ready() -> Response:
    """Tell whether everything runs that calls and payments need."""
    faults = services().health.faults()
    return json_answer({"status": "degraded" if faults else "ok", "faults": faults}, 503 if faults else 200)
