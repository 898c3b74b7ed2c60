from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainfaas.controller.serving.gathering import GATHERED_MAX_BYTES, HEAD_MAX_BYTES, missing_bytes

HEAD = b"POST /rpc HTTP/1.1\r\nHost: a\r\n"


@given(body=st.binary(max_size=300), cut=st.integers(0, 400))
def test_missing_bytes__any_part_of_a_request__none_missing_only_when_all_came(body: bytes, cut: int) -> None:
    whole = HEAD + b"content-LENGTH: %d\r\n\r\n" % len(body) + body
    received = whole[:cut]
    assert (missing_bytes(received) == 0) == (received == whole)
    if b"\r\n\r\n" in received[: len(whole) - len(body)]:
        assert missing_bytes(received) == len(whole) - len(received)


@pytest.mark.parametrize(
    "line",
    [
        b"Transfer-Encoding: chunked",
        b"Content-Length: 9\r\nExpect: 100-continue",
        b"Content-Length: x",
        b"A: b",
    ],
)
def test_missing_bytes__length_unknown_or_a_word_awaited__begins_with_the_head(line: bytes) -> None:
    assert missing_bytes(HEAD + line + b"\r\n\r\n") == 0


@pytest.mark.parametrize(("length", "missing"), [(GATHERED_MAX_BYTES, True), (GATHERED_MAX_BYTES + 1, False)])
def test_missing_bytes__long_body__gathered_up_to_a_bound(length: int, missing: bool) -> None:
    assert (missing_bytes(HEAD + b"Content-Length: %d\r\n\r\n" % length) > 0) == missing


def test_missing_bytes__endless_head__left_to_the_parser() -> None:
    assert missing_bytes(b"a" * (HEAD_MAX_BYTES - 1)) == 1
    assert missing_bytes(b"a" * HEAD_MAX_BYTES) == 0
