"""Logging in: the operator proves its key, the controller proves its own, and neither signs anything else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainfaas.domain.encodings import format_hex
from chainfaas.domain.errors import SignatureError
from chainfaas.domain.sign_in import SignInError, parse_sign_in, personal_digest
from chainfaas.domain.signatures import check_signer
from chainfaas.domain.typed_data import hash_session
from chainfaas.domain.wire.errors import InvalidMessageError
from chainfaas.domain.wire.log_in import (
    Challenge,
    ChallengeRequest,
    SessionGrant,
    SessionRequest,
    parse_challenge,
    parse_session_grant,
)
from chainfaas.domain.wire.multipart import decode_json, encode_json
from chainfaas.provider.controller_api.connection import Request
from chainfaas.provider.controller_api.errors import ControllerUnreachableError, ControllerUntrustedError

if TYPE_CHECKING:
    from chainfaas.chain.bindings.peer_registry import ControllerKey
    from chainfaas.domain.identifiers import ControllerId, ProviderId
    from chainfaas.domain.signatures import SigningKey
    from chainfaas.domain.typed_data import SigningDomain
    from chainfaas.provider.controller_api.connection import ControllerConnection


@dataclass(frozen=True)
class ProviderIdentity:
    """Who logs in, and what it knows from its own node."""

    provider_id: ProviderId
    key: SigningKey
    """The operator's."""
    domain: SigningDomain
    controller_key: Callable[[ControllerId], ControllerKey | None]
    """Reads a controller's key from the own node."""


def log_in(connection: ControllerConnection, identity: ProviderIdentity) -> SessionGrant:
    """Log in to a controller.

    Args:
        connection: The way to it.
        identity: Who logs in.

    Returns:
        The session, granted by the holder of the key that the registry has for this controller.

    Raises:
        ControllerRefusedError: it does not know this operator.
        ControllerUntrustedError: it cannot prove its key, is of another network, or wants other text signed.
        ControllerUnreachableError: no answer, or none that makes sense.
        ChainError: the own node does not answer.
    """
    asked = ChallengeRequest(identity.key.address, identity.provider_id)
    try:
        answer = connection.send(Request("POST", "/v1/provider/challenge", encode_json(asked.as_json())))
        challenge = parse_challenge(decode_json(answer.body))
        _check_challenge(challenge, connection.host, identity)
        signed = SessionRequest(challenge.message, identity.key.sign(personal_digest(challenge.message)))
        answer = connection.send(Request("POST", "/v1/provider/session", encode_json(signed.as_json())))
        grant = parse_session_grant(decode_json(answer.body))
    except InvalidMessageError as fault:
        raise ControllerUnreachableError(f"{connection.base_url}: {fault.message}") from fault
    _check_grant(grant, challenge, identity)
    return grant


def _check_challenge(challenge: Challenge, host: str, identity: ProviderIdentity) -> None:
    try:
        message = parse_sign_in(challenge.message)
    except SignInError as fault:
        raise ControllerUntrustedError(
            f"The controller wants something else signed: {fault.message}"
        ) from fault
    expected = (host, identity.key.address, identity.domain.chain_id, format_hex(challenge.nonce))
    if (message.host, message.address, message.chain_id, message.nonce) != expected:
        raise ControllerUntrustedError(
            f"The sign-in message is for {message.address} at {message.host} on chain {message.chain_id}, "
            f"not for {expected[1]} at {expected[0]} on chain {expected[2]}, or has another nonce."
        )


def _check_grant(grant: SessionGrant, challenge: Challenge, identity: ProviderIdentity) -> None:
    claimed = grant.controller
    if claimed.domain != identity.domain:
        raise ControllerUntrustedError(f"The controller works on another network: {claimed.domain}.")
    if (grant.session.operator, grant.session.nonce) != (identity.key.address, challenge.nonce):
        raise ControllerUntrustedError("The session is for another operator or another log-in.")
    known = identity.controller_key(claimed.controller_id)
    if known is None or known.key != claimed.key:
        raise ControllerUntrustedError(
            f"The registry has another key for controller {claimed.controller_id} than {claimed.key}."
        )
    try:
        check_signer(identity.domain.digest(hash_session(grant.session)), grant.signature, known.key)
    except SignatureError as fault:
        raise ControllerUntrustedError(
            f"The session is not signed by the controller: {fault.message}"
        ) from fault
