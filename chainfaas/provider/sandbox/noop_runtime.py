"""The twin of a real sandbox for tests: a Python function in this process, with nothing around it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from chainfaas.domain.outcomes import Status
from chainfaas.domain.receipts import EXIT_CODE_UNKNOWN
from chainfaas.provider.errors import SandboxSpentError
from chainfaas.provider.sandbox.runtime import (
    Call,
    CallResult,
    LimitsInForce,
    Sandbox,
    SandboxRequest,
    cut_log,
)

NO_LIMITS = LimitsInForce((("runtime", "none"),))


@dataclass(frozen=True, slots=True)
class Said:
    """What a function says: output and log."""

    output: bytes = b""
    log: bytes = b""


@dataclass(slots=True)
class FunctionFailedError(Exception):
    """Raised by a function that wants to fail in a certain way."""

    status: Status = Status.FUNCTION_ERROR
    exit_code: int = 1
    log: bytes = b""


Function: TypeAlias = Callable[[bytes], Said]


@dataclass(slots=True)
class NoopSandbox:
    """A sandbox that shuts nothing in. A call is answered where it stands, and nothing stops it."""

    function: Function
    reuse: bool
    limits: LimitsInForce = NO_LIMITS
    _spent: bool = field(default=False, init=False)
    _cancelled: bool = field(default=False, init=False)

    @property
    def is_reusable(self) -> bool:
        """Whether it takes another call."""
        return not self._spent

    @property
    def is_waiting(self) -> bool:
        """Whether it takes another call."""
        return not self._spent

    def used_cpu_us(self) -> int:
        """Return 0: it does nothing between calls."""
        return 0

    def run(self, call: Call) -> CallResult:
        """Run one call to its end.

        Raises:
            SandboxSpentError: it serves no call any more.
        """
        if self._spent:
            raise SandboxSpentError("The sandbox serves no call any more.")
        started = time.monotonic()
        status, exit_code, said = self._decide(call)
        if not self.reuse or status is not Status.SUCCEEDED:
            self._spent = True
        return CallResult(
            status=status,
            exit_code=exit_code,
            output=said.output if status is Status.SUCCEEDED else b"",
            log=cut_log(said.log, call.log_max_bytes) if len(said.log) > call.log_max_bytes else said.log,
            run_us=round((time.monotonic() - started) * 1_000_000),
            cpu_us=0,
            peak_memory_bytes=0,
        )

    def _decide(self, call: Call) -> tuple[Status, int, Said]:
        try:
            said = self.function(call.input)
        except FunctionFailedError as failure:
            return failure.status, failure.exit_code, Said(log=failure.log)
        if self._cancelled:
            return Status.CANCELLED, EXIT_CODE_UNKNOWN, said
        if len(said.output) > call.output_max_bytes:
            return Status.OUTPUT_LIMIT, EXIT_CODE_UNKNOWN, said
        return Status.SUCCEEDED, 0, said

    def cancel(self) -> None:
        """Have the call end with status CANCELLED, as soon as its function returns."""
        self._cancelled = self._spent = True

    def discard(self) -> None:
        """Serve no call any more."""
        self._spent = True


@dataclass(frozen=True, slots=True)
class NoopRuntime:
    """Makes sandboxes that run one function, whatever the manifest says."""

    function: Function

    def prepare(self, request: SandboxRequest) -> NoopSandbox:
        """Return a sandbox that is ready."""
        return NoopSandbox(self.function, reuse=request.manifest.warm.reuse)

    def release(self, request: SandboxRequest, sandbox: Sandbox) -> None:
        """Throw a sandbox away."""
        del request
        sandbox.discard()

    def remove_strangers(self) -> int:
        """Return 0: nothing is ever left."""
        return 0

    def close(self) -> None:
        """There is nothing to wait for."""
