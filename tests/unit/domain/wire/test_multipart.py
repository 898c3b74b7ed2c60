from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainfaas.domain.wire.errors import InvalidMessageError
from chainfaas.domain.wire.multipart import BODY_MAX_BYTES, decode_body, encode_body

FORM = "multipart/form-data; boundary=B"
MESSAGE = b'--B\r\nContent-Disposition: form-data; name="message"\r\n\r\n{}\r\n'


@given(
    message=st.dictionaries(st.text(max_size=10), st.integers(0, 9), max_size=3),
    blobs=st.dictionaries(st.from_regex(r"(input|output|log)-[1-9]{1,9}", fullmatch=True), st.binary()),
)
def test_decode_body__what_was_encoded__comes_back(message: dict[str, int], blobs: dict[str, bytes]) -> None:
    encoded = encode_body(message, blobs)
    decoded = decode_body(encoded.content_type, encoded.raw)
    assert (decoded.message, dict(decoded.blobs)) == (message, blobs)


@pytest.mark.parametrize("content", [b"", b"\r\n", b"--B--\r\n", b"\r\n--", bytes(70_000)])
def test_decode_body__content_that_looks_like_a_boundary__comes_back(content: bytes) -> None:
    encoded = encode_body({}, {"input-1": content})
    assert decode_body(encoded.content_type, encoded.raw).blobs == {"input-1": content}


@pytest.mark.parametrize(
    ("content_type", "raw"),
    [
        ("application/json", b"{}"),
        ("multipart/mixed; boundary=B", MESSAGE + b"--B--\r\n"),
        ("multipart/form-data", MESSAGE + b"--B--\r\n"),
        ("multipart/form-data; boundary=" + 71 * "B", MESSAGE + b"--B--\r\n"),
        ("multipart/form-data; boundary=\u00e9", MESSAGE + b"--B--\r\n"),
        (FORM, b""),
        (FORM, b"--B--\r\n"),
        (FORM, MESSAGE),
        (FORM, MESSAGE[:30]),
        (FORM, MESSAGE + MESSAGE + b"--B--\r\n"),
        (FORM, MESSAGE.replace(b"{}", b"{") + b"--B--\r\n"),
        (FORM, MESSAGE.replace(b"{}", b'{"a":1,"a":2}') + b"--B--\r\n"),
        (FORM, MESSAGE.replace(b"{}", b"NaN") + b"--B--\r\n"),
        (FORM, MESSAGE.replace(b"{}", b"[" * 100_000) + b"--B--\r\n"),
        (FORM, MESSAGE.replace(b"message", b"massage") + b"--B--\r\n"),
        (FORM, MESSAGE.replace(b"{}", b" " * (4 * 2**20 + 1)) + b"--B--\r\n"),
        (FORM, MESSAGE.replace(b"Content-Disposition", b"Content-Dispositio") + b"--B--\r\n"),
        (FORM, bytes(BODY_MAX_BYTES + 1)),
    ],
)
def test_decode_body__bad_body__refused(content_type: str, raw: bytes) -> None:
    with pytest.raises(InvalidMessageError):
        decode_body(content_type, raw)


@given(raw=st.binary(max_size=200))
def test_decode_body__any_bytes__refused_or_read(raw: bytes) -> None:
    with contextlib.suppress(InvalidMessageError):
        decode_body(FORM, b"--B\r\n" + raw)


def test_encode_body__content_holds_the_boundary_of_other_bodies__another_one_and_whole() -> None:
    usual = encode_body({"a": 1}, {}).content_type.rpartition("=")[2]
    content = f"x\r\n--{usual}--\r\ny".encode()
    for message, blobs in (({"a": 1}, {"output": content}), ({"a": usual}, {"output": b""})):
        body = encode_body(message, blobs)
        assert usual not in body.content_type
        decoded = decode_body(body.content_type, body.raw)
        assert (decoded.message, decoded.blobs) == (message, blobs)
    assert encode_body({"a": 1}, {}).content_type.rpartition("=")[2] == usual
