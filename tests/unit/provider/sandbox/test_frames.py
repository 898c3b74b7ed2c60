import contextlib
import struct
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainfaas.domain.outcomes import Status
from chainfaas.provider.errors import SandboxProtocolError
from chainfaas.provider.sandbox.frames import (
    CHUNK_MAX_BYTES,
    Answer,
    AnswerParser,
    End,
    Log,
    Output,
    Ready,
    encode_job,
    encode_prepare,
)
from chainfaas.provider.sandbox.runtime import Call

U53 = st.integers(0, 2**53 - 1)
ENDS = st.builds(
    End,
    st.sampled_from([Status(number) for number in range(1, 6)]),
    st.booleans(),
    st.integers(-(2**31), 2**31 - 1),
    U53,
    U53,
    U53,
)
ANSWERS = st.one_of(
    st.just(Ready()), st.builds(Output, st.binary(max_size=99)), st.builds(Log, st.binary(max_size=99)), ENDS
)


def frame(kind: int, payload: bytes) -> bytes:
    return struct.pack(">BI", kind, len(payload)) + payload


def encode(answer: Answer) -> bytes:
    match answer:
        case Ready():
            return frame(0x81, b"\x01")
        case Output(content):
            return frame(0x82, content)
        case Log(content):
            return frame(0x83, content)
        case End(status, cut, code, run, cpu, peak):
            return frame(0x84, struct.pack(">BBiQQQ", status, cut, code, run, cpu, peak))


def parse(pieces: Sequence[bytes]) -> list[Answer]:
    parser = AnswerParser()
    return [answer for piece in pieces for answer in parser.feed(piece)]


@given(st.lists(ANSWERS, max_size=8), st.data())
def test_feed__pieces_of_any_size__give_the_same_frames(answers: list[Answer], data: st.DataObject) -> None:
    stream = b"".join(encode(answer) for answer in answers)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    pieces = [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert parse(pieces) == answers


@given(st.binary(max_size=200))
def test_feed__any_bytes__frames_or_a_protocol_error(stream: bytes) -> None:
    with contextlib.suppress(SandboxProtocolError):
        parse([stream])


@pytest.mark.parametrize(
    ("name", "stream"),
    [
        ("unknown type", frame(0x55, b"")),
        ("frame of the daemon", frame(0x02, bytes(12))),
        ("a length of 4 GiB", struct.pack(">BI", 0x82, 2**32 - 1)),
        ("a byte above the chunk", struct.pack(">BI", 0x82, CHUNK_MAX_BYTES + 1)),
        ("another version", frame(0x81, b"\x02")),
        ("READY without version", frame(0x81, b"")),
        ("short END", frame(0x84, bytes(29))),
        ("END with a status that only a daemon gives", frame(0x84, struct.pack(">BBiQQQ", 6, 0, 0, 0, 0, 0))),
        ("END with status 0", frame(0x84, struct.pack(">BBiQQQ", 0, 0, 0, 0, 0, 0))),
        ("END with a flag of 2", frame(0x84, struct.pack(">BBiQQQ", 1, 2, 0, 0, 0, 0))),
        ("END with a time beyond JSON", frame(0x84, struct.pack(">BBiQQQ", 1, 0, 0, 2**53, 0, 0))),
    ],
)
def test_feed__what_no_sandbox_may_send__refused(name: str, stream: bytes) -> None:
    with pytest.raises(SandboxProtocolError):
        parse([stream])


def test_encode_prepare__bundle__behind_version_and_time() -> None:
    assert encode_prepare(b"code", 10_000) == bytes.fromhex("01 00000009 01 00002710") + b"code"


def test_encode_job__input__behind_its_bounds() -> None:
    job = encode_job(Call(b"in", timeout_ms=1, output_max_bytes=2, log_max_bytes=3))
    assert job == bytes.fromhex("02 0000000e 00000001 00000002 00000003") + b"in"
