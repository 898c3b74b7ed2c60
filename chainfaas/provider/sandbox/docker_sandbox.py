"""One container that waits for calls."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from chainfaas.domain.manifests import Mode
from chainfaas.domain.outcomes import Status
from chainfaas.provider.errors import SandboxLostError, SandboxSpentError
from chainfaas.provider.sandbox.channel import Channel, ChannelClosedError
from chainfaas.provider.sandbox.conversation import converse, result_without_answer
from chainfaas.provider.sandbox.runtime import Call, CallResult, LimitsInForce

_KILLED = 137
"""Exit code of a program that SIGKILL ended."""


@dataclass(frozen=True, slots=True)
class PreparedContainer:
    """A container that said it is ready."""

    name: str
    mode: Mode
    channel: Channel
    limits: LimitsInForce
    was_out_of_memory: Callable[[], bool]
    """Asks the engine whether the kernel killed in it for memory."""
    ended_out_of_memory: Callable[[], bool]
    """Asks the same when process 1 is gone, once the engine has seen that too."""
    used_cpu_us: Callable[[], int]
    """Asks the engine what it has used of a processor."""
    remove: Callable[[], None]
    """Has it killed and removed; returns at once."""
    remove_idle: Callable[[], None]
    """Has the channel closed and it removed soon, since nothing runs in it; returns at once."""


class DockerSandbox:
    """A sandbox in a container of its own; calls come from one thread, `cancel` from any."""

    def __init__(self, container: PreparedContainer) -> None:
        """Take over the container."""
        self._container = container
        self._lock = threading.Lock()
        self._fresh = True
        self._spent = False
        self._idle = False
        self._cancelled = False
        self._discarded = False

    @property
    def name(self) -> str:
        """The container's name."""
        return self._container.name

    @property
    def limits(self) -> LimitsInForce:
        """What the engine says was in force before any code of the function's ran."""
        return self._container.limits

    @property
    def is_reusable(self) -> bool:
        """Whether it takes another call: a kit whose last call left no doubt."""
        return not self._spent and (self._fresh or self._container.mode is Mode.STREAM)

    @property
    def is_waiting(self) -> bool:
        """Whether it takes another call and has neither ended nor said anything meanwhile."""
        return self.is_reusable and self._container.channel.is_silent

    def used_cpu_us(self) -> int:
        """Return the processor time that everything in it has used so far.

        Raises:
            EngineFailedError: the engine does not say.
        """
        return self._container.used_cpu_us()

    def run(self, call: Call) -> CallResult:
        """Run one call to its end.

        Raises:
            SandboxSpentError: it serves no call any more.
            SandboxLostError: it ended without an answer, for a reason other than the function's.
            SandboxProtocolError: its answer makes no sense.
        """
        if not self.is_reusable:
            raise SandboxSpentError(f"The sandbox {self.name} serves no call any more.")
        self._fresh = self._idle = False
        try:
            result = self._converse(call)
        except BaseException:
            self._spent = True
            raise
        self._idle = result.status is Status.SUCCEEDED
        self._spent = not self._idle
        return result

    def _converse(self, call: Call) -> CallResult:
        started = time.monotonic()
        try:
            result = converse(self._container.channel, call)
        except ChannelClosedError as error:
            run_us = round((time.monotonic() - started) * 1_000_000)
            if self._cancelled:
                return result_without_answer(Status.CANCELLED, run_us)
            if self._container.ended_out_of_memory():
                return result_without_answer(Status.OUT_OF_MEMORY, run_us)
            raise SandboxLostError(f"The sandbox {self.name} ended without an answer.") from error
        return self._name_memory_kill(result)

    def _name_memory_kill(self, result: CallResult) -> CallResult:
        # Process 1 sees memory kills only where its control group is to be seen; the engine always does.
        killed = result.status is Status.FUNCTION_ERROR and result.exit_code == _KILLED
        if not killed or not self._container.was_out_of_memory():
            return result
        return replace(result, status=Status.OUT_OF_MEMORY)

    def cancel(self) -> None:
        """End the call that another thread runs; the sandbox serves none after this."""
        self._cancelled = self._spent = True
        self._container.channel.break_off()

    def discard(self) -> None:
        """Have the container killed and removed; returns at once, and may be called again."""
        with self._lock:
            if self._discarded:
                return
            self._discarded = self._spent = True
        if self._idle:
            self._container.remove_idle()
        else:
            self._container.channel.close()
            self._container.remove()
