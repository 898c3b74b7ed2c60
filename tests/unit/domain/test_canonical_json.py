from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainfaas.domain.canonical_json import (
    MAX_DEPTH,
    JsonValue,
    encode_canonical_json,
    parse_canonical_json,
    parse_json,
)
from chainfaas.domain.content_hashes import content_hash, file_hash, json_hash
from chainfaas.domain.encodings import format_hex, parse_hex
from chainfaas.domain.errors import InvalidEncodingError
from chainfaas.domain.identifiers import InvocationId
from chainfaas.domain.run_metrics import RunMetrics
from tests.unit.domain import strategies as some

characters = st.characters(exclude_categories=["Cs"])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(1 - 2**53, 2**53 - 1) | st.text(characters),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(characters), inner, max_size=4),
    max_leaves=12,
)
INVOCATION = InvocationId(b"\x05" * 32)


@given(json_values)
def test_canonical_json__any_value__comes_back(value: JsonValue) -> None:
    raw = encode_canonical_json(value)
    assert parse_canonical_json(raw, 10**6, "It") == value


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b'{"a":1,"a":1}',
        b"NaN",
        b"Infinity",
        b'"\xff"',
        b"[" * 3000,
        b"1" * 3000,
        b"9007199254740992",
        b'"\\ud800"',
        b'{"\\ud800":1}',
        b' {"a":1}',
        b'{"a":1}\n',
        b'{"b":1,"a":1}',
        b"1.0",
        b"1e2",
        b"-0",
        b'"\\u0041"',
        b'\xef\xbb\xbf"a"',
    ],
)
def test_parse_canonical_json__another_spelling__refused(raw: bytes) -> None:
    with pytest.raises(InvalidEncodingError, match=r"It|canonical"):
        parse_canonical_json(raw, 4096, "It")


@pytest.mark.parametrize("raw", [b'"\\ud800"', b'{"a":["\\uDFFF"]}', b'{"\\uD83d":1}', b'"\\ude00\\ud83d"'])
def test_parse_json__half_a_character__refused(raw: bytes) -> None:
    with pytest.raises(InvalidEncodingError, match="It is no JSON"):
        parse_json(raw, 4096, "It")


def test_parse_json__whole_character_in_two_escapes__read() -> None:
    assert parse_json(b'"\\ud83d\\ude00 \\\\ud800"', 4096, "It") == "\U0001f600 \\ud800"


def test_parse_json__too_long__says_both_lengths() -> None:
    with pytest.raises(InvalidEncodingError, match=r"5 bytes.*4"):
        parse_json(b"12345", 4, "It")


def test_encode_canonical_json__not_a_number__refused() -> None:
    with pytest.raises(InvalidEncodingError):
        encode_canonical_json(float("nan"))


@given(some.invocation_ids, st.binary())
def test_content_hash__any_content__is_sha256_of_salt_and_content(
    invocation: InvocationId, content: bytes
) -> None:
    digest = hashlib.sha256()
    digest.update(invocation.raw)
    digest.update(content)
    assert content_hash(invocation, content) == digest.digest()


def test_file_hash__content__unsalted() -> None:
    assert file_hash(b"abc").hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_run_metrics__hash__of_their_canonical_json() -> None:
    metrics = RunMetrics(1, 2, 3, 4, 5, 6)
    text = b'{"cpuUs":5,"initialisedUs":3,"peakMemoryBytes":6,"pulledUs":2,"queuedUs":1,"runUs":4}'
    assert metrics.hash_for(INVOCATION) == content_hash(INVOCATION, text)
    assert metrics.hash_for(INVOCATION) == json_hash(INVOCATION, metrics.as_json())


@pytest.mark.parametrize("value", [-1, 2**53])
def test_run_metrics__number_that_json_cannot_carry__refused(value: int) -> None:
    with pytest.raises(InvalidEncodingError, match="runUs"):
        RunMetrics(0, 0, 0, value, 0, 0)


@given(st.binary())
def test_format_hex__any_bytes__come_back(value: bytes) -> None:
    assert parse_hex(format_hex(value)) == value


@pytest.mark.parametrize("text", ["", "00", "0x0", "0xAB", "0xgg", " 0x00", "0x00 ", "0X00"])
def test_parse_hex__another_spelling__refused(text: str) -> None:
    with pytest.raises(InvalidEncodingError):
        parse_hex(text)


def test_parse_hex__another_length__refused() -> None:
    with pytest.raises(InvalidEncodingError, match="2 bytes long instead of 3"):
        parse_hex("0x0102", 3)


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'["]",['])
@pytest.mark.parametrize("levels", [MAX_DEPTH + 1, 100_000])
def test_parse_json__too_deep__refused_before_it_takes_the_stack(opening: bytes, levels: int) -> None:
    with pytest.raises(InvalidEncodingError, match="nested deeper"):
        parse_json(opening * levels, 10**7, "The message")


@pytest.mark.parametrize("text", [b'"' + b"[" * 1_000 + b'"', b"[" * MAX_DEPTH + b"]" * MAX_DEPTH])
def test_parse_json__deep_enough__taken(text: bytes) -> None:
    assert parse_json(text, 10**6, "The message") == json.loads(text)
