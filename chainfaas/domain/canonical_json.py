"""Canonical JSON (RFC 8785): one spelling for each value, so that it can be hashed and compared as bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import rfc8785

from chainfaas.domain.errors import InvalidEncodingError

MAX_DEPTH = 64
"""Lists and objects within each other; far below what takes the parser's stack."""

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"?', re.DOTALL)
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_BRACKET = re.compile(rb"[\[\]{}]")

JsonValue: TypeAlias = bool | int | float | str | Sequence["JsonValue"] | Mapping[str, "JsonValue"] | None


def encode_canonical_json(value: JsonValue) -> bytes:
    """Return the canonical bytes of a value.

    Raises:
        InvalidEncodingError: it holds an integer beyond 2^53 - 1, a number that is not finite, or a lone
            surrogate.
    """
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeError) as fault:
        raise InvalidEncodingError(f"The value has no canonical JSON: {fault}.") from fault


def parse_json(raw: bytes, max_bytes: int, name: str) -> JsonValue:
    """Read JSON of any spelling.

    Args:
        raw: UTF-8 bytes.
        max_bytes: Longest text that is taken.
        name: What it is, for the message.

    Raises:
        InvalidEncodingError: it is too long, no JSON, nested too deep, or names a key twice.
    """
    if len(raw) > max_bytes:
        raise InvalidEncodingError(f"{name} is {len(raw)} bytes long, above {max_bytes}.")
    if _is_too_deep(raw):
        raise InvalidEncodingError(f"{name} is nested deeper than {MAX_DEPTH} levels.")
    try:
        parsed: JsonValue = json.loads(raw.decode(), object_pairs_hook=_object, parse_constant=_refuse)
        _check_characters(raw, parsed)
    except (ValueError, RecursionError) as fault:
        raise InvalidEncodingError(f"{name} is no JSON: {fault}.") from fault
    return parsed


def parse_canonical_json(raw: bytes, max_bytes: int, name: str) -> JsonValue:
    """Read JSON and make sure that it is spelled canonically.

    Raises:
        InvalidEncodingError: as `parse_json`, or another spelling of the same value.
    """
    parsed = parse_json(raw, max_bytes, name)
    if encode_canonical_json(parsed) != raw:
        raise InvalidEncodingError(
            f"{name} is not in canonical form.",
            remedy="Write it without spaces and with sorted keys (RFC 8785).",
        )
    return parsed


def _check_characters(raw: bytes, parsed: JsonValue) -> None:
    # Escapes can write half a character, which no database, log or answer can hold (RFC 8259, 8.2).
    if _SURROGATE.search(raw):
        json.dumps(parsed, ensure_ascii=False).encode()


def _object(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a key comes twice in one object")
    return members


def _refuse(constant: str) -> JsonValue:
    raise ValueError(f"{constant} is no JSON number")


def _is_too_deep(raw: bytes) -> bool:
    if raw.count(b"[") + raw.count(b"{") <= MAX_DEPTH:
        return False
    depth = 0
    for bracket in _BRACKET.finditer(_STRING.sub(b"", raw)):
        depth += 1 if bracket.group() in b"[{" else -1
        if depth > MAX_DEPTH:
            return True
    return False
