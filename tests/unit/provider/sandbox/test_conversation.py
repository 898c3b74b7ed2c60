import socket
import struct
import threading
import time
from collections.abc import Iterator

import pytest

from chainfaas.domain.outcomes import Status
from chainfaas.domain.receipts import EXIT_CODE_UNKNOWN
from chainfaas.provider.errors import SandboxProtocolError
from chainfaas.provider.sandbox.channel import Channel, ChannelClosedError, ChannelTimeoutError
from chainfaas.provider.sandbox.conversation import await_ready, converse
from tests.sandbox_conformance import call


def attached(payload: bytes) -> bytes:
    return struct.pack(">BxxxI", 1, len(payload)) + payload


def frame(kind: int, payload: bytes) -> bytes:
    return attached(struct.pack(">BI", kind, len(payload)) + payload)


def end(status: int, code: int = 0, cut: int = 0) -> bytes:
    return frame(0x84, struct.pack(">BBiQQQ", status, cut, code, 1, 2, 3))


READY = frame(0x81, b"\x01")


@pytest.fixture
def ends() -> Iterator[tuple[Channel, socket.socket]]:
    """The daemon's end, and the one where a test plays the engine."""
    ours, theirs = socket.socketpair()
    with theirs:
        channel = Channel(ours)
        yield channel, theirs
        channel.close()


def soon() -> float:
    return time.monotonic() + 30


def test_await_ready__ready__returns(ends: tuple[Channel, socket.socket]) -> None:
    channel, engine = ends
    engine.sendall(READY)
    await_ready(channel, b"code", 10_000, soon())
    assert engine.recv(100) == bytes.fromhex("01 00000009 01 00002710") + b"code"


def test_await_ready__answer_that_nobody_asked_for__refused(ends: tuple[Channel, socket.socket]) -> None:
    channel, engine = ends
    engine.sendall(end(1))
    with pytest.raises(SandboxProtocolError):
        await_ready(channel, b"", 1, soon())


def test_await_ready__silence__given_up_at_the_deadline(ends: tuple[Channel, socket.socket]) -> None:
    with pytest.raises(ChannelTimeoutError):
        await_ready(ends[0], b"", 1, time.monotonic())


def test_await_ready__container_that_ends__closed(ends: tuple[Channel, socket.socket]) -> None:
    ends[1].close()
    with pytest.raises(ChannelClosedError):
        await_ready(ends[0], b"", 1, soon())


def test_converse__output_in_pieces__put_together(ends: tuple[Channel, socket.socket]) -> None:
    channel, engine = ends
    engine.sendall(frame(0x82, b"out") + frame(0x83, b"log") + frame(0x82, b"put") + end(1))
    result = converse(channel, call(b"in"))
    assert (result.status, result.output, result.log) == (Status.SUCCEEDED, b"output", b"log")
    assert (result.cpu_us, result.peak_memory_bytes) == (2, 3)


def test_converse__large_input_that_nobody_reads__still_answered(ends: tuple[Channel, socket.socket]) -> None:
    channel, engine = ends
    engine.sendall(end(1))
    assert converse(channel, call(bytes(6 << 20))).status is Status.SUCCEEDED


@pytest.mark.parametrize("kind", [0x82, 0x83])
def test_converse__more_than_the_budget__refused_before_it_is_held(
    ends: tuple[Channel, socket.socket], kind: int
) -> None:
    channel, engine = ends
    engine.sendall(frame(kind, bytes(600)) + frame(kind, bytes(401)))
    with pytest.raises(SandboxProtocolError):
        converse(channel, call())


def test_converse__ready_once_more__refused(ends: tuple[Channel, socket.socket]) -> None:
    ends[1].sendall(READY)
    with pytest.raises(SandboxProtocolError):
        converse(ends[0], call())


def test_converse__process_1_that_never_answers__timed_out_by_our_own_clock(
    ends: tuple[Channel, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chainfaas.provider.sandbox.conversation.GRACE_SECONDS", 0.0)
    ends[1].sendall(frame(0x83, b"so far"))
    result = converse(ends[0], call(timeout_ms=50))
    assert (result.status, result.exit_code) == (Status.TIMED_OUT, EXIT_CODE_UNKNOWN)
    assert result.log == b"so far"


def test_converse__time_out_told_by_process_1__its_log_and_measures_are_kept(
    ends: tuple[Channel, socket.socket],
) -> None:
    channel, engine = ends
    engine.sendall(frame(0x83, b"so far") + end(int(Status.TIMED_OUT)))
    # The time is over at once: without the grace nothing of what process 1 says would be read.
    result = converse(channel, call(timeout_ms=0))
    assert (result.status, result.exit_code, result.log) == (Status.TIMED_OUT, 0, b"so far")
    assert (result.cpu_us, result.peak_memory_bytes) == (2, 3)


def test_converse__success_told_after_the_time__timed_out(ends: tuple[Channel, socket.socket]) -> None:
    channel, engine = ends
    engine.sendall(frame(0x82, b"late") + end(1))
    result = converse(channel, call(timeout_ms=0))
    assert (result.status, result.output) == (Status.TIMED_OUT, b"")


def test_converse__broken_off_by_another_thread__closed(ends: tuple[Channel, socket.socket]) -> None:
    channel, engine = ends

    def break_off_once_asked() -> None:
        engine.recv(1)
        channel.break_off()

    thread = threading.Thread(target=break_off_once_asked)
    thread.start()
    with pytest.raises(ChannelClosedError):
        converse(channel, call(b"in"))
    thread.join()
