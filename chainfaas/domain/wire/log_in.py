"""Challenge and session: a provider's operator proves its key, the controller proves its own."""

from __future__ import annotations

from dataclasses import dataclass

from chainfaas.domain.canonical_json import JsonValue
from chainfaas.domain.encodings import Bytes32, format_hex, parse_bytes32
from chainfaas.domain.identifiers import (
    Address,
    ControllerId,
    ProviderId,
    chain_id,
    controller_id,
    provider_id,
)
from chainfaas.domain.sessions import Session
from chainfaas.domain.signatures import Signature
from chainfaas.domain.times import unix_seconds
from chainfaas.domain.typed_data import SigningDomain
from chainfaas.domain.wire.members import members, refusing, unsigned


@dataclass(frozen=True, slots=True)
class ChallengeRequest:
    """Body of ``POST /v1/provider/challenge``."""

    operator: Address
    provider_id: ProviderId

    def as_json(self) -> dict[str, JsonValue]:
        """Return the message under its JSON names."""
        return {"operator": str(self.operator), "providerId": self.provider_id}


@dataclass(frozen=True, slots=True)
class Challenge:
    """Its answer."""

    message: str
    """What the operator signs (EIP-4361)."""
    nonce: Bytes32

    def as_json(self) -> dict[str, JsonValue]:
        """Return the message under its JSON names."""
        return {"message": self.message, "nonce": format_hex(self.nonce)}


@dataclass(frozen=True, slots=True)
class SessionRequest:
    """Body of ``POST /v1/provider/session``."""

    message: str
    """The challenge's text as it came."""
    signature: Signature
    """The operator's, over the text (EIP-191)."""

    def as_json(self) -> dict[str, JsonValue]:
        """Return the message under its JSON names."""
        return {"message": self.message, "signature": str(self.signature)}


@dataclass(frozen=True, slots=True)
class ControllerIdentity:
    """Who a controller says that it is, and on which network."""

    controller_id: ControllerId
    key: Address
    domain: SigningDomain

    def as_json(self) -> dict[str, JsonValue]:
        """Return the identity under its JSON names."""
        return {
            "cid": self.controller_id,
            "key": str(self.key),
            "chainId": str(self.domain.chain_id),
            "ledger": str(self.domain.ledger),
        }


@dataclass(frozen=True, slots=True)
class SessionGrant:
    """Answer to a `SessionRequest`. Nothing in it is proved before its signature is checked."""

    token: str
    """Bearer token of all further requests; secret."""
    session: Session
    signature: Signature
    """The controller's, over the session."""
    controller: ControllerIdentity
    lease_ms: int
    idle_wait_ms: int
    """How long a poll may wait while nothing runs."""
    blob_limit_bytes: int

    def __repr__(self) -> str:
        """Leave the token out."""
        return f"SessionGrant(session={self.session!r}, controller={self.controller!r})"

    def as_json(self) -> dict[str, JsonValue]:
        """Return the message under its JSON names."""
        return {
            "token": self.token,
            "session": {
                "operator": str(self.session.operator),
                "nonce": format_hex(self.session.nonce),
                "expires": self.session.expires,
            },
            "signature": str(self.signature),
            "controller": self.controller.as_json(),
            "leaseMs": self.lease_ms,
            "idleWaitMs": self.idle_wait_ms,
            "blobLimit": self.blob_limit_bytes,
        }


def parse_challenge_request(value: JsonValue) -> ChallengeRequest:
    """Read a challenge request.

    Raises:
        InvalidMessageError: it is malformed.
    """
    with refusing("challenge"):
        fields = members(value, "challenge", ("operator", "providerId"))
        return ChallengeRequest(
            fields.parsed("operator", Address.parse), provider_id(fields.integer("providerId"))
        )


def parse_challenge(value: JsonValue) -> Challenge:
    """Read a challenge.

    Raises:
        InvalidMessageError: it is malformed.
    """
    fields = members(value, "challenge", ("message", "nonce"))
    return Challenge(fields.text("message"), fields.parsed("nonce", parse_bytes32))


def parse_session_request(value: JsonValue) -> SessionRequest:
    """Read a session request.

    Raises:
        InvalidMessageError: it is malformed.
    """
    fields = members(value, "session", ("message", "signature"))
    return SessionRequest(fields.text("message"), fields.parsed("signature", Signature.parse))


def parse_session_grant(value: JsonValue) -> SessionGrant:
    """Read a session grant.

    Raises:
        InvalidMessageError: it is malformed.
    """
    names = ("token", "session", "signature", "controller", "leaseMs", "idleWaitMs", "blobLimit")
    with refusing("grant"):
        fields = members(value, "grant", names)
        return SessionGrant(
            token=fields.text("token"),
            session=_session(fields.value("session")),
            signature=fields.parsed("signature", Signature.parse),
            controller=_identity(fields.value("controller")),
            lease_ms=unsigned(fields, "leaseMs", least=1),
            idle_wait_ms=unsigned(fields, "idleWaitMs"),
            blob_limit_bytes=unsigned(fields, "blobLimit"),
        )


def _session(value: JsonValue) -> Session:
    fields = members(value, "grant.session", ("operator", "nonce", "expires"))
    return Session(
        fields.parsed("operator", Address.parse),
        fields.parsed("nonce", parse_bytes32),
        unix_seconds(fields.integer("expires"), "grant.session.expires"),
    )


def _identity(value: JsonValue) -> ControllerIdentity:
    fields = members(value, "grant.controller", ("cid", "key", "chainId", "ledger"))
    return ControllerIdentity(
        controller_id(fields.integer("cid")),
        fields.parsed("key", Address.parse),
        SigningDomain(fields.parsed("chainId", chain_id), fields.parsed("ledger", Address.parse)),
    )
