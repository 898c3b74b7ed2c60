"""Bodies with parts (RFC 7578) as bytes: a part ``message`` with JSON first, then one for each content."""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from werkzeug.datastructures import Headers
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import (
    Data,
    Epilogue,
    Event,
    Field,
    File,
    MultipartDecoder,
    MultipartEncoder,
    NeedData,
    Preamble,
)

from chainfaas.domain.canonical_json import JsonValue, parse_json
from chainfaas.domain.limits import MIB
from chainfaas.domain.wire.errors import InvalidMessageError
from chainfaas.domain.wire.members import MAX_LIST_ITEMS, refusing

MESSAGE_PART = "message"
MESSAGE_MAX_BYTES = 4 * MIB
BODY_MAX_BYTES = 16 * MIB
"""The longest body that is read; whoever receives one refuses a longer Content-Length unread."""

_JSON = Headers({"Content-Type": "application/json"})
_BINARY = Headers({"Content-Type": "application/octet-stream"})


def _new_boundary() -> bytes:
    return secrets.token_hex(16).encode()


_USUAL_BOUNDARY = _new_boundary()
# The message, and an output and a log for each element of the longest list.
_MAX_PARTS = 1 + 2 * MAX_LIST_ITEMS


@dataclass(frozen=True, slots=True)
class EncodedBody:
    """A body as it is sent."""

    content_type: str
    """With the boundary."""
    raw: bytes


@dataclass(frozen=True, slots=True)
class DecodedBody:
    """A body as it was received; the message is not read any further."""

    message: JsonValue
    blobs: Mapping[str, bytes]


def encode_json(value: Mapping[str, JsonValue]) -> bytes:
    """Return a message as compact JSON; what is hashed of it is made canonical where it is hashed."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def decode_json(raw: bytes) -> JsonValue:
    """Read a message's JSON.

    Raises:
        InvalidMessageError: it is none, or longer than `MESSAGE_MAX_BYTES`.
    """
    with refusing("The message"):
        return parse_json(raw, MESSAGE_MAX_BYTES, "The message")


def encode_body(message: Mapping[str, JsonValue], blobs: Mapping[str, bytes]) -> EncodedBody:
    """Put a message and the contents beside it into one body.

    Args:
        message: The JSON.
        blobs: The contents under the names that the message gives them.
    """
    text = encode_json(message)
    boundary = _boundary_for((text, *blobs.values()))
    encoder = MultipartEncoder(boundary)
    raw = b"".join(encoder.send_event(event) for event in _events(text, blobs))
    return EncodedBody(f"multipart/form-data; boundary={boundary.decode()}", raw)


def decode_body(content_type: str, raw: bytes) -> DecodedBody:
    """Take a body apart.

    Args:
        content_type: The header's value.
        raw: The whole body.

    Raises:
        InvalidMessageError: it is no such body, cut, too long, lacks the message, or names a part twice.
    """
    kind, options = parse_options_header(content_type)
    boundary = options.get("boundary", "")
    if kind != "multipart/form-data" or not 1 <= len(boundary) <= 70 or not boundary.isascii():
        raise InvalidMessageError("The body is not multipart/form-data with a boundary.")
    if len(raw) > BODY_MAX_BYTES:
        raise InvalidMessageError(f"The body is {len(raw)} bytes long, above {BODY_MAX_BYTES}.")
    blobs = _parts(boundary, raw)
    if MESSAGE_PART not in blobs:
        raise InvalidMessageError(f"The body has no part named {MESSAGE_PART}.")
    return DecodedBody(decode_json(blobs.pop(MESSAGE_PART)), blobs)


def _boundary_for(contents: Collection[bytes]) -> bytes:
    # Another one only if a content holds the usual one: whoever reads a body compiles patterns for its
    # boundary, which takes longer than all the rest and is remembered.
    boundary = _USUAL_BOUNDARY
    while any(boundary in content for content in contents):
        boundary = _new_boundary()
    return boundary


def _events(message: bytes, blobs: Mapping[str, bytes]) -> Iterator[Event]:
    yield Preamble(data=b"")
    yield Field(name=MESSAGE_PART, headers=_JSON)
    yield Data(data=message, more_data=False)
    for name, content in blobs.items():
        yield File(name=name, filename=name, headers=_BINARY)
        yield Data(data=content, more_data=False)
    yield Epilogue(data=b"")


def _parts(boundary: str, raw: bytes) -> dict[str, bytes]:
    decoder = MultipartDecoder(boundary.encode(), max_form_memory_size=None, max_parts=_MAX_PARTS)
    pieces: dict[str, list[bytes]] = {}
    name = ""
    try:
        decoder.receive_data(raw)
        decoder.receive_data(None)
        while not isinstance(event := decoder.next_event(), Epilogue):
            if isinstance(event, Field | File):
                name = _fresh_name(event.name, pieces)
                pieces[name] = []
            elif isinstance(event, Data):
                pieces[name].append(event.data)
            elif isinstance(event, NeedData):
                raise InvalidMessageError("The body ends in the middle of a part.")
    except (ValueError, RequestEntityTooLarge) as fault:
        raise InvalidMessageError(f"The body cannot be taken apart: {fault}.") from fault
    return {part: b"".join(data) for part, data in pieces.items()}


def _fresh_name(name: str, pieces: Mapping[str, list[bytes]]) -> str:
    if name in pieces:
        raise InvalidMessageError(f"The body has two parts named {name[:80]!r}.")
    return name
