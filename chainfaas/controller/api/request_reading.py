"""What routes read of a request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flask import request

from chainfaas.controller.api.services import services
from chainfaas.controller.api.sessions import developer_of, provider_of
from chainfaas.controller.errors import InvalidRequestError, TooLargeError
from chainfaas.domain.canonical_json import parse_json
from chainfaas.domain.json_fields import JsonFields

if TYPE_CHECKING:
    from chainfaas.controller.storage.session_rows import LoggedIn
    from chainfaas.domain.canonical_json import JsonValue
    from chainfaas.domain.identifiers import Address

JSON_MAX_BYTES = 256 * 1024
LIST_MAX = 200
WAIT_MAX_SECONDS = 60.0

_WAIT = re.compile(r"wait=([0-9]{1,4})")
_KEY = re.compile(r"[!-~]{1,128}", re.ASCII)


def bearer_token() -> str | None:
    """Return the request's bearer token, if it carries one."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def developer() -> Address:
    """Return the developer who asks.

    Raises:
        UnauthenticatedError: Nobody is logged in.
        ForbiddenError: A provider is.
    """
    return developer_of(services().sessions.holder_of(bearer_token()))


def operator() -> LoggedIn:
    """Return the provider's operator who asks, if it still is the provider's operator.

    Raises:
        UnauthenticatedError: Nobody is logged in.
        ForbiddenError: A developer is, or the provider has another operator by now.
    """
    holder = services().sessions.holder_of(bearer_token())
    services().sessions.check_operator(holder.account, provider_of(holder))
    return holder


def body_bytes(limit_bytes: int, name: str) -> bytes:
    """Return the request's body.

    Args:
        limit_bytes: The longest that is read.
        name: What it is, for the message.

    Raises:
        TooLargeError: It is longer; nothing of it was read if it said so.
    """
    if (request.content_length or 0) > limit_bytes:
        raise TooLargeError(f"The {name} is {request.content_length} bytes long, above {limit_bytes}.")
    # A body in chunks does not say how long it is.
    content = request.stream.read(limit_bytes + 1)
    if len(content) > limit_bytes:
        raise TooLargeError(f"The {name} is above {limit_bytes} bytes long.")
    return content


def json_body(limit_bytes: int = JSON_MAX_BYTES) -> JsonValue:
    """Return the request's body as JSON.

    Args:
        limit_bytes: The longest that is read.

    Raises:
        TooLargeError: It is longer.
        InvalidEncodingError: It is no JSON.
    """
    return parse_json(body_bytes(limit_bytes, "body"), limit_bytes, "The body")


def json_object(required: tuple[str, ...]) -> JsonFields:
    """Return the request's body as a JSON object with exactly these members.

    Args:
        required: The members.

    Raises:
        InvalidRequestError: It has others.
    """
    return JsonFields(json_body(), "body", InvalidRequestError, required=required)


def wait_seconds(default: float) -> float:
    """Return how long the caller wants to wait for an answer (RFC 7240).

    Args:
        default: What holds if the caller does not say.
    """
    preferences = ",".join(request.headers.getlist("Prefer")).lower()
    if "respond-async" in preferences:
        return 0.0
    match = _WAIT.search(preferences)
    return default if match is None else min(float(match[1]), WAIT_MAX_SECONDS)


def idempotency_key() -> str | None:
    """Return the caller's idempotency key, if it sent one.

    Raises:
        InvalidRequestError: It is too long or holds other characters than printable ASCII.
    """
    key = request.headers.get("Idempotency-Key")
    if key is not None and not _KEY.fullmatch(key):
        raise InvalidRequestError("The Idempotency-Key is not 1 to 128 printable ASCII characters.")
    return key


def list_limit(default: int = 50) -> int:
    """Return how many entries of a list are wanted.

    Args:
        default: What holds if the caller does not say.

    Raises:
        InvalidRequestError: It is no number from 1 to `LIST_MAX`.
    """
    text = request.args.get("limit", str(default))
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= LIST_MAX:
        raise InvalidRequestError(f"limit is not a number from 1 to {LIST_MAX}.")
    return int(text)
