"""A controller: its threads, and how they begin and end."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from chainfaas.controller.dispatch.recover import recover_calls

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flask import Flask

    from chainfaas.chain.head_follower import HeadFollower
    from chainfaas.chain.headers import HeadClock
    from chainfaas.chain.transaction_sender.sender import TransactionSender
    from chainfaas.controller.dispatch.dispatch_state import DispatchParts, DispatchState
    from chainfaas.controller.indexing.indexer import Indexer
    from chainfaas.controller.ledger_writer.ledger_writer import LedgerWriter
    from chainfaas.controller.periodic.clockwork import Clockwork
    from chainfaas.controller.storage.database import Database

_PATIENCE_SECONDS = 15.0
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ControllerParts:
    """What a controller consists of.

    Attributes:
        app: Serves requests.
        database: Held as long as the controller lives.
        dispatch: What dispatch works with.
        state: What dispatch knows.
        indexer: Follows the chain.
        follower: Watches the node's head.
        clock: Ticks with it.
        senders: Send transactions, one for each key.
        ledger: Brings to the chain what belongs there.
        clockwork: Ticks by the clock.
    """

    app: Flask
    database: Database
    dispatch: DispatchParts
    state: DispatchState
    indexer: Indexer
    follower: HeadFollower
    clock: HeadClock
    senders: Sequence[TransactionSender]
    ledger: LedgerWriter
    clockwork: Clockwork


class Controller:
    """Starts once and stops once."""

    def __init__(self, parts: ControllerParts) -> None:
        """Start nothing yet.

        Args:
            parts: What it consists of.
        """
        self._parts = parts
        self._stop = threading.Event()
        self._stopped = threading.Lock()
        self._threads: list[threading.Thread] = []

    @property
    def app(self) -> Flask:
        """What serves requests."""
        return self._parts.app

    def start(self) -> None:
        """Take up what a former process left, and begin; the index is up to date before."""
        parts = self._parts
        recover_calls(parts.dispatch, parts.state, parts.database)
        parts.ledger.start()
        self._begin("head", lambda: parts.follower.run(self._stop))
        self._begin("indexer", lambda: parts.indexer.run(self._stop, parts.clock))
        for number, sender in enumerate(parts.senders):
            self._begin(f"sender-{number}", lambda sender=sender: sender.run(self._stop))  # type: ignore[misc]
        parts.clockwork.start()
        _log.info("The controller runs.", action="controller_started")

    def refuse_new(self) -> None:
        """Take nothing new, and answer all who wait: providers with nothing, callers with where to look."""
        state = self._parts.state
        with state.lock:
            state.is_stopping = True
            for seat in state.seats.values():
                seat.wake()
            for call in state.calls.values():
                call.ended.set()

    def stop(self) -> None:
        """End everything; what is on disk is taken up at the next start."""
        if not self._stopped.acquire(blocking=False):
            return
        parts = self._parts
        self.refuse_new()
        parts.clockwork.stop()
        self._stop.set()
        for sender in parts.senders:
            sender.wake()
        parts.ledger.stop()
        for thread in self._threads:
            thread.join(_PATIENCE_SECONDS)
        parts.dispatch.writer.close()
        parts.database.close()
        _log.info("The controller has ended.", action="controller_stopped")

    def _begin(self, name: str, run: Callable[[], None]) -> None:
        thread = threading.Thread(target=run, name=name, daemon=True)
        thread.start()
        self._threads.append(thread)
