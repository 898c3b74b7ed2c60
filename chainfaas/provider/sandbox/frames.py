"""The frames between the daemon and process 1 of a sandbox; docs/reference/sandbox.md describes them.

A frame is ``type u8 | length u32 | payload``, big-endian.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

from chainfaas.domain.limits import KIB
from chainfaas.domain.outcomes import Status
from chainfaas.provider.errors import SandboxProtocolError
from chainfaas.provider.sandbox.runtime import Call

PROTOCOL_VERSION = 1
CHUNK_MAX_BYTES = 64 * KIB

_HEADER = struct.Struct(">BI")
_PREPARE = struct.Struct(">BI")
_JOB = struct.Struct(">III")
_END = struct.Struct(">BBiQQQ")
_OUTCOMES = frozenset(
    {
        Status.SUCCEEDED,
        Status.FUNCTION_ERROR,
        Status.TIMED_OUT,
        Status.OUT_OF_MEMORY,
        Status.OUTPUT_LIMIT,
    }
)


class _Kind(IntEnum):
    PREPARE = 0x01
    JOB = 0x02
    READY = 0x81
    OUTPUT = 0x82
    LOG = 0x83
    END = 0x84


_LONGEST = {_Kind.READY: 1, _Kind.OUTPUT: CHUNK_MAX_BYTES, _Kind.LOG: CHUNK_MAX_BYTES, _Kind.END: _END.size}
"""Longest payload of each frame that a sandbox may send."""


@dataclass(frozen=True, slots=True)
class Ready:
    """The sandbox waits for its input."""


@dataclass(frozen=True, slots=True)
class Output:
    """The next piece of the output."""

    content: bytes


@dataclass(frozen=True, slots=True)
class Log:
    """The next piece of the log."""

    content: bytes


@dataclass(frozen=True, slots=True)
class End:
    """The call is over."""

    status: Status
    log_was_cut: bool
    exit_code: int
    run_us: int
    cpu_us: int
    peak_memory_bytes: int


Answer: TypeAlias = Ready | Output | Log | End


def encode_prepare(bundle: bytes, timeout_ms: int) -> bytes:
    """Return the first frame to a sandbox.

    Args:
        bundle: The version's bundle; empty where there is none.
        timeout_ms: How long the function may take to get ready.
    """
    payload = _PREPARE.pack(PROTOCOL_VERSION, timeout_ms) + bundle
    return _HEADER.pack(_Kind.PREPARE, len(payload)) + payload


def encode_job(call: Call) -> bytes:
    """Return the frame that hands a call to a sandbox."""
    bounds = _JOB.pack(call.timeout_ms, call.output_max_bytes, call.log_max_bytes)
    return _HEADER.pack(_Kind.JOB, _JOB.size + len(call.input)) + bounds + call.input


class AnswerParser:
    """Reads frames from pieces of any size, holding at most one frame."""

    def __init__(self) -> None:
        """Start at the beginning of a frame."""
        self._pending = bytearray()

    def feed(self, piece: bytes) -> Iterator[Answer]:
        """Take the next piece and yield the frames that it completes.

        Args:
            piece: Bytes as they came.

        Raises:
            SandboxProtocolError: a frame is unknown, longer than its type allows, or malformed.
        """
        self._pending += piece
        while (length := self._payload_length()) is not None:
            end = _HEADER.size + length
            if len(self._pending) < end:
                return
            kind = _Kind(self._pending[0])
            payload = bytes(self._pending[_HEADER.size : end])
            del self._pending[:end]
            yield _answer(kind, payload)

    def _payload_length(self) -> int | None:
        if len(self._pending) < _HEADER.size:
            return None
        kind, length = _HEADER.unpack_from(self._pending)
        if length > _LONGEST.get(kind, -1):
            raise SandboxProtocolError(f"A sandbox sent a frame of type {kind:#x} with {length} bytes.")
        return int(length)


def _answer(kind: _Kind, payload: bytes) -> Answer:
    match kind:
        case _Kind.OUTPUT:
            return Output(payload)
        case _Kind.LOG:
            return Log(payload)
        case _Kind.READY:
            if payload != bytes([PROTOCOL_VERSION]):
                raise SandboxProtocolError(f"A sandbox speaks version {payload.hex()} of the protocol.")
            return Ready()
        case _:
            return _end(payload)


def _end(payload: bytes) -> End:
    if len(payload) != _END.size:
        raise SandboxProtocolError(f"A sandbox sent an END of {len(payload)} bytes.")
    status, cut, exit_code, run_us, cpu_us, peak = _END.unpack(payload)
    if status not in _OUTCOMES or cut > 1 or max(run_us, cpu_us, peak) >> 53:
        raise SandboxProtocolError("A sandbox sent an END with values that cannot be.")
    return End(Status(status), bool(cut), exit_code, run_us, cpu_us, peak)
