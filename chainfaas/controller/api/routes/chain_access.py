"""The way to the node, and the faucet."""

from __future__ import annotations

import json

from flask import Blueprint, Response

from chainfaas.controller.api.answers import json_answer
from chainfaas.controller.api.request_reading import developer, json_body
from chainfaas.controller.api.services import services
from chainfaas.domain.errors import NotFoundError

routes = Blueprint("chain_access", __name__)


@routes.post("/rpc")
def rpc() -> Response:
    """Answer JSON-RPC from an allow-list of methods."""
    answer = services().rpc.answer(json_body())
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
