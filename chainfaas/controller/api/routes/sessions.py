"""Log-ins of developers and of providers' operators."""

from __future__ import annotations

from flask import Blueprint, Response, request

from chainfaas.controller.api.answers import json_answer
from chainfaas.controller.api.request_pace import paces
from chainfaas.controller.api.request_reading import bearer_token, json_body, json_object
from chainfaas.controller.api.services import services
from chainfaas.controller.api.sessions import provider_of
from chainfaas.domain.encodings import parse_bytes32
from chainfaas.domain.identifiers import Address
from chainfaas.domain.sessions import Session
from chainfaas.domain.signatures import Signature
from chainfaas.domain.times import unix_seconds
from chainfaas.domain.typed_data import hash_session
from chainfaas.domain.wire import log_in
from chainfaas.domain.wire.blobs import DEFAULT_BLOB_LIMIT_BYTES

routes = Blueprint("sessions", __name__)


@routes.post("/v1/auth/challenge")
def challenge() -> Response:
    """Give a developer a text to sign: ``{"address"}``."""
    account = json_object(("address",)).parsed("address", Address.parse)
    paces().challenges.take(request.remote_addr)
    message = services().sessions.challenge(account)
    return json_answer({"message": message.text, "nonce": message.nonce})


@routes.post("/v1/auth/session")
def session() -> Response:
    """Give a developer a token for the signed text: ``{"message", "signature"}``."""
    fields = json_object(("message", "signature"))
    given = services().sessions.log_in(
        fields.text("message"), fields.parsed("signature", Signature.parse), is_provider=False
    )
    return json_answer(
        {
            "token": given.token,
            "address": str(given.holder.account),
            "expires": given.holder.expires_at_seconds,
        }
    )


@routes.delete("/v1/auth/session")
def log_out() -> Response:
    """Make the request's token worthless."""
    token = bearer_token()
    services().sessions.holder_of(token)
    services().sessions.log_out(token or "")
    return Response(status=204)


@routes.post("/v1/provider/challenge")
def provider_challenge() -> Response:
    """Give a provider's operator a text to sign."""
    wanted = log_in.parse_challenge_request(json_body())
    paces().challenges.take(request.remote_addr)
    message = services().sessions.challenge(wanted.operator, wanted.provider_id)
    return json_answer(log_in.Challenge(message.text, parse_bytes32(message.nonce)).as_json())


@routes.post("/v1/provider/session")
def provider_session() -> Response:
    """Give a provider's operator a token, and prove who this controller is."""
    wanted = log_in.parse_session_request(json_body())
    given = services().sessions.log_in(wanted.message, wanted.signature, is_provider=True)
    services().polls.greet(provider_of(given.holder))
    identity, settings = services().identity, services().settings
    made = Session(given.holder.account, given.nonce, unix_seconds(given.holder.expires_at_seconds))
    grant = log_in.SessionGrant(
        token=given.token,
        session=made,
        signature=identity.key.sign(identity.domain.digest(hash_session(made))),
        controller=log_in.ControllerIdentity(identity.controller_id, identity.key.address, identity.domain),
        lease_ms=int(settings.lease_seconds * 1_000),
        idle_wait_ms=int(settings.idle_wait_seconds * 1_000),
        blob_limit_bytes=DEFAULT_BLOB_LIMIT_BYTES,
    )
    return json_answer(grant.as_json())
