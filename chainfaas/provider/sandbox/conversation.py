"""One call over a channel: what is sent, what comes back, and what the daemon makes of it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from chainfaas.domain.outcomes import Status
from chainfaas.domain.receipts import EXIT_CODE_UNKNOWN
from chainfaas.provider.errors import SandboxProtocolError
from chainfaas.provider.sandbox.channel import Channel, ChannelClosedError, ChannelTimeoutError
from chainfaas.provider.sandbox.frames import End, Log, Output, Ready, encode_job, encode_prepare
from chainfaas.provider.sandbox.runtime import Call, CallResult, cut_log

GRACE_SECONDS = 1.0
"""How much longer than the time-out process 1 has to say that it has passed, and to hand over the log."""


def await_ready(channel: Channel, bundle: bytes, function_timeout_ms: int, deadline: float) -> None:
    """Tell a fresh sandbox what it needs before its first call, and wait until it is ready.

    Args:
        channel: The way to it.
        bundle: The version's bundle; empty where there is none.
        function_timeout_ms: How long the function may take; if it takes longer, its call fails.
        deadline: When to give the sandbox up, on `time.monotonic`'s clock.

    Raises:
        ChannelClosedError: it ended.
        ChannelTimeoutError: the deadline passed.
        SandboxProtocolError: it sent anything else than that it is ready.
    """
    for answer in channel.exchange(encode_prepare(bundle, function_timeout_ms), deadline):
        if not isinstance(answer, Ready):
            raise SandboxProtocolError("A sandbox answered before it was asked.")
        return


@dataclass(slots=True)
class _Collected:
    output: bytearray = field(default_factory=bytearray)
    log: bytearray = field(default_factory=bytearray)


def converse(channel: Channel, call: Call) -> CallResult:
    """Run one call and return how it ended, by this machine's own clock and budgets.

    Args:
        channel: The way to a sandbox that is ready.
        call: The call.

    Raises:
        ChannelClosedError: the sandbox ended without an answer.
        SandboxProtocolError: it sent what cannot be, or more than it may.
    """
    started = time.monotonic()
    collected = _Collected()
    end: End | None
    try:
        end = _collect(channel, call, started + call.timeout_ms / 1_000 + GRACE_SECONDS, collected)
    except ChannelTimeoutError:
        end = None
    return _result(call, collected, end, round((time.monotonic() - started) * 1_000_000))


def _collect(channel: Channel, call: Call, deadline: float, collected: _Collected) -> End:
    for answer in channel.exchange(encode_job(call), deadline):
        match answer:
            case End():
                return answer
            case Output(content):
                _extend(collected.output, content, call.output_max_bytes)
            case Log(content):
                _extend(collected.log, content, call.log_max_bytes)
            case _:
                raise SandboxProtocolError("A sandbox said twice that it is ready.")
    raise ChannelClosedError


def _extend(held: bytearray, content: bytes, max_bytes: int) -> None:
    # Process 1 keeps these budgets, so more is a lie of whoever speaks in its place.
    if len(held) + len(content) > max_bytes:
        raise SandboxProtocolError(f"A sandbox sent more than the {max_bytes} bytes that it may.")
    held += content


def _result(call: Call, collected: _Collected, end: End | None, run_us: int) -> CallResult:
    status = Status.TIMED_OUT if end is None or run_us > call.timeout_ms * 1_000 else end.status
    log = bytes(collected.log)
    return CallResult(
        status=status,
        exit_code=EXIT_CODE_UNKNOWN if end is None else end.exit_code,
        output=bytes(collected.output) if status is Status.SUCCEEDED else b"",
        log=cut_log(log, call.log_max_bytes) if end is not None and end.log_was_cut else log,
        run_us=run_us,
        cpu_us=0 if end is None else end.cpu_us,
        peak_memory_bytes=0 if end is None else end.peak_memory_bytes,
    )


def result_without_answer(status: Status, run_us: int) -> CallResult:
    """Return the result of a call whose sandbox was ended from outside.

    Args:
        status: Why: CANCELLED, or OUT_OF_MEMORY where the kernel took process 1 itself.
        run_us: How long it ran.
    """
    return CallResult(status, EXIT_CODE_UNKNOWN, b"", b"", run_us, 0, 0)
