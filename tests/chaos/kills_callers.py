"""Callers who ask again under the same key until they are told how their call ended."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from chainfaas.client.controller_client import Call, ControllerClient
from chainfaas.client.errors import ControllerError, ControllerUnreachableError, NotEndedError
from chainfaas.domain.identifiers import InvocationId

CALLS_AT_ONCE = 6
PATIENCE_SECONDS = 120.0
_WAIT_SECONDS = 2.0
_LOOK_SECONDS = 0.05
_T = TypeVar("_T")


@dataclass(frozen=True)
class Ended:
    """A call that was accepted, and what its caller was told in the end."""

    call: Call
    invocation: InvocationId
    output: bytes | None
    """Nothing if it failed."""
    problem: str = ""
    """Why it failed."""


@dataclass
class Callers:
    """Keep some calls under way, whatever happens to the controller."""

    client: ControllerClient
    functions: tuple[str, ...]
    ended: list[Ended] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Call while a block runs; at its end the calls that are under way come to theirs."""
        with ThreadPoolExecutor(CALLS_AT_ONCE) as pool:
            callers: list[Future[None]] = [pool.submit(self._work, number) for number in range(CALLS_AT_ONCE)]
            try:
                yield
            finally:
                self._stop.set()
            for caller in callers:
                caller.result()

    def _work(self, caller: int) -> None:
        function, count = self.functions[caller % len(self.functions)], 0
        while not self._stop.is_set():
            key = f"caller-{caller}-{count}"
            self.ended.append(self._call(Call(function, key.encode(), idempotency_key=key)))
            count += 1

    def _call(self, call: Call) -> Ended:
        invocation = insist(lambda: self.client.submit(call))
        try:
            answer = insist(lambda: self.client.wait(invocation, _WAIT_SECONDS))
        except ControllerError as failed:
            return Ended(call, invocation, None, f"{failed.code}: {failed.message}")
        return Ended(call, invocation, answer.output)


def insist(ask: Callable[[], _T]) -> _T:
    """Ask until there is an answer: the controller may be dead, or not have one yet."""
    end_seconds = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return ask()
        except (ControllerUnreachableError, NotEndedError):
            if time.monotonic() > end_seconds:
                raise
            time.sleep(_LOOK_SECONDS)
