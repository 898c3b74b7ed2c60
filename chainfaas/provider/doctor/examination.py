"""Running attacks one after the other and judging how each ended."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from chainfaas.domain.errors import ChainFaaSError
from chainfaas.provider.doctor.aftermath import look_after
from chainfaas.provider.doctor.attack import Attack, Beside, Ending, Ends, Refused
from chainfaas.provider.doctor.ward import LOG_MAX_BYTES, OUTPUT_MAX_BYTES, Ward
from chainfaas.provider.errors import SandboxLostError
from chainfaas.provider.sandbox.docker_sandbox import DockerSandbox
from chainfaas.provider.sandbox.runtime import Call, CallResult

_BREAK_OFF_SECONDS = 0.5
_DIAL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Finding:
    """How one attack ended."""

    attack: Attack
    expected: Ending
    fault: str
    """What was otherwise than expected; empty where it held. Parts are the attack's own words."""
    took_ms: int

    @property
    def held(self) -> bool:
        """Whether the sandbox held it."""
        return not self.fault


def examine(ward: Ward, attacks: Iterable[Attack], *, gvisor: bool = False) -> Iterator[Finding]:
    """Run attacks in order and yield each finding when it is there.

    Args:
        ward: Where.
        attacks: Which.
        gvisor: Whether the engine's runtime is gVisor.
    """
    for attack in attacks:
        expected = attack.ending_under(gvisor=gvisor)
        if expected is None:
            continue
        started = time.monotonic()
        try:
            fault = _attempt(ward, attack, expected)
        except ChainFaaSError as error:
            fault = _judge_refusal(error, expected)
        yield Finding(attack, expected, fault, round((time.monotonic() - started) * 1_000))


def _attempt(ward: Ward, attack: Attack, expected: Ending) -> str:
    request = ward.request(attack)
    ward.images.fetch(request.manifest.image)
    sandbox = ward.runtime.prepare(request)
    try:
        with _beside(ward, sandbox, attack.beside):
            result = sandbox.run(Call(b"", attack.timeout_ms, OUTPUT_MAX_BYTES, LOG_MAX_BYTES))
        return _judge(result, expected) or look_after(ward, sandbox, attack)
    finally:
        sandbox.discard()


def _judge_refusal(error: ChainFaaSError, expected: Ending) -> str:
    if isinstance(expected, Ends):
        is_expected = expected.or_lost and error.code == SandboxLostError.code
    else:
        is_expected = error.code == expected.code and expected.reason in error.message
    if is_expected:
        return ""
    return f"{error.code}: {error.message}"


def _judge(result: CallResult, expected: Ending) -> str:
    said = result.log.decode(errors="replace").strip()[-500:]
    if isinstance(expected, Refused):
        return f"it ran, and ended in {result.status.name}. {said}".strip()
    return _judge_end(result, expected, said)


def _judge_end(result: CallResult, expected: Ends, said: str) -> str:
    if result.status not in expected.statuses:
        return f"it ended in {result.status.name}. {said}".strip()
    if expected.output is not None and result.output != expected.output:
        return f"its output is not what was expected. {said}".strip()
    if len(result.log) > LOG_MAX_BYTES:
        return f"its log has {len(result.log)} bytes."
    return ""


@contextlib.contextmanager
def _beside(ward: Ward, sandbox: DockerSandbox, beside: Beside) -> Iterator[None]:
    ended = threading.Event()
    companions = {
        Beside.BREAK_OFF: lambda: _break_off(sandbox, ended),
        Beside.DIAL: lambda: _dial(int(ward.knowledge["dial_port"]), ended),
    }
    if beside not in companions:
        yield
        return
    companion = threading.Thread(target=companions[beside], name=beside.value, daemon=True)
    companion.start()
    try:
        yield
    finally:
        ended.set()
        companion.join()


def _break_off(sandbox: DockerSandbox, ended: threading.Event) -> None:
    ended.wait(_BREAK_OFF_SECONDS)
    sandbox.cancel()


def _dial(port: int, ended: threading.Event) -> None:
    while not ended.wait(_DIAL_SECONDS):
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
