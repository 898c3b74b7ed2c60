"""Hands out sandboxes that stand ready where there are any, and has others made where there are none."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

from chainfaas.domain.errors import ChainFaaSError
from chainfaas.provider.pool.demand import Demand
from chainfaas.provider.pool.origin import Origin
from chainfaas.provider.pool.plan import Spare, Stand, next_discard, next_start
from chainfaas.provider.pool.waiting import Waiting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chainfaas.domain.identifiers import VersionId
    from chainfaas.provider.sandbox.runtime import Sandbox, SandboxRequest, SandboxRuntime

REFILL_PAUSE_SECONDS = 0.05
"""How long after a call took a sandbox another is started: whoever waits for an answer goes first."""
LOOK_SECONDS = 5.0
"""How often sandboxes that stand ready are looked at while nothing else happens."""
BAN_SECONDS = 300.0
"""How long a version is not started ahead that did not start, or did not keep still."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class PoolLimits:
    """What sandboxes that stand ready may take.

    Attributes:
        sandboxes: How many there may be; 0 for none.
        spare_memory_mib: Says what running jobs leave.
    """

    sandboxes: int
    spare_memory_mib: Callable[[], int]


@dataclass(slots=True)
class _Shelf:
    request: SandboxRequest
    ready: deque[Waiting] = field(default_factory=deque)
    banned_until_seconds: float = 0.0


class SandboxPool:
    """A runtime of sandboxes in front of another one.

    A sandbox that was started ahead serves one job and is thrown away, so that no two jobs share one; only a
    version that allows it gets a sandbox back that has served a call of the same version.
    """

    def __init__(
        self,
        runtime: SandboxRuntime,
        limits: PoolLimits,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Have nothing ready yet.

        Args:
            runtime: What makes sandboxes.
            limits: What those that stand ready may take.
            monotonic: Seconds of a clock that never jumps.
        """
        self._runtime = runtime
        self._limits = limits
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._shelves: dict[VersionId, _Shelf] = {}
        self._demand = Demand()
        self._is_closed = False
        self._looked_seconds = monotonic()
        self._handed_out: Counter[Origin] = Counter()

    def prepare(self, request: SandboxRequest) -> Sandbox:
        """Return a sandbox that waits for its input: one that stands ready, or a new one.

        Raises:
            ChainFaaSError: as `SandboxRuntime.prepare` says.
        """
        with self._lock:
            self._demand.take(request.version, self._monotonic())
            ready = self._take(request)
            self._handed_out[Origin.PLAIN if ready is None else ready.origin] += 1
        self._wake.set()
        return ready.sandbox if ready is not None else self._runtime.prepare(request)

    def release(self, request: SandboxRequest, sandbox: Sandbox) -> None:
        """Keep a sandbox whose call is over for the next if its version allows that, else throw it away."""
        with self._lock:
            is_kept = not self._is_closed and request.manifest.warm.reuse and sandbox.is_waiting
            if is_kept and self._limits.sandboxes > 0:
                self._demand.give_back(request.version, self._monotonic())
                self._shelf(request).ready.append(Waiting(sandbox, Origin.REUSED))
                return
        self._runtime.release(request, sandbox)

    def depths(self) -> Mapping[VersionId, int]:
        """Return how many sandboxes of each version stand ready."""
        with self._lock:
            return {version: len(shelf.ready) for version, shelf in self._shelves.items() if shelf.ready}

    def handed_out(self) -> Mapping[Origin, int]:
        """Return how many sandboxes calls were given since the start, by where those came from."""
        with self._lock:
            return {origin: self._handed_out[origin] for origin in Origin}

    def run(self, stop: threading.Event) -> None:
        """Keep as many ready as are wanted and fit, until told to stop.

        Args:
            stop: Set by another thread, which then calls `wake`.
        """
        while not stop.is_set():
            was_woken = self._wake.wait(LOOK_SECONDS)
            self._wake.clear()
            if was_woken and stop.wait(REFILL_PAUSE_SECONDS):
                return
            self.keep()

    def keep(self) -> None:
        """Do what is due: looks at what stands ready do not wait for calls to cease."""
        now = self._monotonic()
        if now - self._looked_seconds >= LOOK_SECONDS:
            self._looked_seconds = now
            self.look()
        else:
            self.fit()

    def wake(self) -> None:
        """Have the thread look whether it is to stop."""
        self._wake.set()

    def fit(self) -> None:
        """Throw away what is too much, and start what is missing, until neither is the case."""
        while (discarded := self._pick_discard()) is not None:
            discarded.discard()
        while (request := self._pick_start()) is not None:
            self._start(request)

    def look(self) -> None:
        """Throw away what does not keep still while it waits, and what nobody wants any more."""
        with self._lock:
            ready = [(version, each) for version, shelf in self._shelves.items() for each in shelf.ready]
        for version, waiting in ready:
            if waiting.is_restless(self._monotonic()):
                self._throw_out(version, waiting)
        self.fit()
        with self._lock:
            self._forget_unwanted()

    def remove_strangers(self) -> int:
        """Remove what earlier daemons of this provider left, and return how many sandboxes that were."""
        return self._runtime.remove_strangers()

    def close(self) -> None:
        """Discard every sandbox and wait until they are gone."""
        with self._lock:
            self._is_closed = True
            ready = [each for shelf in self._shelves.values() for each in shelf.ready]
            self._shelves.clear()
        for waiting in ready:
            waiting.sandbox.discard()
        self._runtime.close()

    def _take(self, request: SandboxRequest) -> Waiting | None:
        shelf = self._shelf(request)
        while shelf.ready:
            # The latest first: what was used just now is warm, and what is too much grows old and goes.
            waiting = shelf.ready.pop()
            if waiting.sandbox.is_waiting:
                return waiting
            _log.info("A sandbox that stood ready has ended.", action="ready_sandbox_ended")
            waiting.sandbox.discard()
        return None

    def _shelf(self, request: SandboxRequest) -> _Shelf:
        shelf = self._shelves.get(request.version)
        if shelf is None or shelf.request != request:
            for waiting in shelf.ready if shelf is not None else ():
                waiting.sandbox.discard()
            shelf = self._shelves[request.version] = _Shelf(request)
        return shelf

    def _start(self, request: SandboxRequest) -> None:
        try:
            sandbox = self._runtime.prepare(request)
        except ChainFaaSError as fault:
            _log.warning(
                "A sandbox cannot be started ahead.",
                action="prestart_failed",
                version=request.version,
                fault=str(fault),
            )
            self._ban(request.version)
            return
        with self._lock:
            shelf = self._shelves.get(request.version)
            if not self._is_closed and shelf is not None and shelf.request == request:
                shelf.ready.appendleft(Waiting(sandbox, Origin.PRESTARTED))
                return
        sandbox.discard()

    def _throw_out(self, version: VersionId, waiting: Waiting) -> None:
        with self._lock:
            shelf = self._shelves.get(version)
            if shelf is None or waiting not in shelf.ready:
                return  # a call has taken it meanwhile
            shelf.ready.remove(waiting)
        _log.warning(
            "A sandbox computes while it waits for its input, and is thrown away.",
            action="restless_sandbox",
            version=version,
        )
        waiting.sandbox.discard()
        self._ban(version)

    def _ban(self, version: VersionId) -> None:
        with self._lock:
            shelf = self._shelves.get(version)
            if shelf is not None:
                shelf.banned_until_seconds = self._monotonic() + BAN_SECONDS

    def _forget_unwanted(self) -> None:
        now = self._monotonic()
        wanted = self._demand.wanted(now)
        for version, shelf in list(self._shelves.items()):
            if not shelf.ready and version not in wanted and now >= shelf.banned_until_seconds:
                del self._shelves[version]

    def _pick_start(self) -> SandboxRequest | None:
        with self._lock:
            version = None if self._is_closed else next_start(self._stands(), self._spare())
            return None if version is None else self._shelves[version].request

    def _pick_discard(self) -> Sandbox | None:
        with self._lock:
            version = next_discard(self._stands(), self._spare())
            return None if version is None else self._shelves[version].ready.popleft().sandbox

    def _spare(self) -> Spare:
        return Spare(self._limits.sandboxes, self._limits.spare_memory_mib())

    def _stands(self) -> dict[VersionId, Stand]:
        now = self._monotonic()
        wanted = self._demand.wanted(now)
        return {
            version: Stand(
                ready=len(shelf.ready),
                wanted=wanted.get(version, 0),
                memory_mib=shelf.request.memory_mib,
                may_prestart=shelf.request.manifest.warm.prestart and now >= shelf.banned_until_seconds,
            )
            for version, shelf in self._shelves.items()
        }
