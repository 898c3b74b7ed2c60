"""The way to the node, and the faucet."""

from __future__ import annotations

import json

from flask import Blueprint, Response, request

from chainfaas.controller.api.answers import json_answer
from chainfaas.controller.api.request_pace import paces
from chainfaas.controller.api.request_reading import developer, json_body
from chainfaas.controller.api.services import services
from chainfaas.controller.load_errors import OverloadedError
from chainfaas.domain.errors import NotFoundError

routes = Blueprint("chain_access", __name__)


@routes.post("/rpc")
def rpc() -> Response:
    """Answer JSON-RPC from an allow-list of methods."""
    asked = json_body()
    with paces().node.place(request.remote_addr) as has_place:
        if not has_place:
            raise OverloadedError("Too many requests wait for the node.")
        answer = services().rpc.answer(asked)
    return Response(json.dumps(answer), mimetype="application/json")


@routes.post("/v1/faucet")
def faucet() -> Response:
    """Give the caller coin and, on networks marked dev, tokens."""
    account, tap = developer(), services().faucet
    if tap is None:
        raise NotFoundError("This controller has no faucet.", remedy="Ask who runs it for coin.")
    grant = tap.grant(account)
    return json_answer(
        {"address": str(account), "coinWei": str(grant.coin_wei), "tokens": str(grant.tokens)}, 202
    )
