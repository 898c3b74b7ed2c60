"""The running daemon: started, drained, stopped."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from chainfaas.provider.daemon.crew import Crew
from chainfaas.provider.daemon.live_state import LiveState
from chainfaas.provider.daemon.recovery import end_interrupted_jobs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from chainfaas.chain.event_decoder import ChainEvent
    from chainfaas.chain.head_follower import HeadFollower
    from chainfaas.chain.headers import HeadClock
    from chainfaas.chain.transaction_sender.sender import TransactionSender
    from chainfaas.provider.daemon.controller_worker import ControllerWorker
    from chainfaas.provider.journal.chain_notes import BlockPlace, ChainNotes
    from chainfaas.provider.journal.job_journal import JobJournal
    from chainfaas.provider.offers.exposure import Exposure
    from chainfaas.provider.own_node.chain_watcher import ChainWatcher
    from chainfaas.provider.pipeline.pipeline import Pipeline
    from chainfaas.provider.pipeline.run_job import Workshop
    from chainfaas.provider.pool.origin import Origin
    from chainfaas.provider.pool.sandbox_pool import SandboxPool
    from chainfaas.provider.receipts.receipt_maker import ReceiptMaker

FETCH_AHEAD_SECONDS = 60.0
"""How often versions that could not be had ready are tried again."""
JOIN_SECONDS = 2.0
_MS_PER_SECOND = 1_000

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class DaemonParts:
    """What a daemon is made of."""

    journal: JobJournal
    notes: ChainNotes
    receipts: ReceiptMaker
    workshop: Workshop
    pool: SandboxPool
    allows_repository: Callable[[str], bool]
    pipeline: Pipeline
    exposure: Exposure
    clock: HeadClock
    follower: HeadFollower
    watcher: ChainWatcher
    sender: TransactionSender
    workers: tuple[ControllerWorker, ...]


class ProviderDaemon:
    """All threads of one provider."""

    def __init__(self, parts: DaemonParts) -> None:
        """Start nothing yet.

        Args:
            parts: What it is made of.
        """
        self._parts = parts
        self._crew = Crew()
        self._versions_changed = threading.Event()

    @property
    def failed(self) -> bool:
        """Whether a part failed, so that the process had better be started anew."""
        return self._crew.failed

    def live_state(self) -> LiveState | None:
        """Return what it is doing now, or None once a part of it has failed."""
        if self._crew.failed:
            return None
        contacts = tuple(worker.contact for worker in self._parts.workers)
        ready = dict(self._parts.pool.depths())
        return LiveState(os.getpid(), ready, self._parts.workshop.held.count(), contacts)

    def handed_out(self) -> Mapping[Origin, int]:
        """Return how many sandboxes jobs were given since the start, by where those came from."""
        return self._parts.pool.handed_out()

    def start(self) -> None:
        """Clear up after an earlier daemon, then begin.

        Raises:
            ChainError: The own node does not answer.
        """
        parts, crew = self._parts, self._crew
        removed = parts.pool.remove_strangers()
        end_interrupted_jobs(parts.journal, parts.receipts, int(time.time() * _MS_PER_SECOND))
        parts.watcher.catch_up()
        _log.info("The provider starts.", action="provider_starts", removed_sandboxes=removed)
        crew.start("head", parts.follower.run)
        crew.start("chain", lambda stop: parts.watcher.run(stop, parts.clock))
        crew.start("sender", parts.sender.run)
        crew.start("versions", self._fetch_ahead)
        crew.start("pool", parts.pool.run)
        for worker in parts.workers:
            worker.start(crew)

    def wait(self, asked_to_stop: threading.Event) -> None:
        """Wait until somebody asks for a stop, or a part fails.

        Args:
            asked_to_stop: Set by a signal's handler.
        """
        while not asked_to_stop.wait(0.2) and not self._crew.stop.is_set():
            pass

    def drain(self, timeout_seconds: float) -> bool:
        """Take no more jobs and wait until those that are held are reported.

        Args:
            timeout_seconds: How long at most.

        Returns:
            Whether none is left.
        """
        self._parts.pipeline.drain()
        for worker in self._parts.workers:
            worker.tell_of_drain()
        return self._parts.workshop.held.wait_until_empty(timeout_seconds)

    def stop(self) -> None:
        """End all threads; what is not done is in the journal."""
        self._parts.pipeline.drain()
        self._crew.stop.set()
        self._versions_changed.set()
        self._parts.clock.close()
        self._parts.sender.wake()
        self._parts.pool.wake()
        for worker in self._parts.workers:
            worker.wake()
        self._crew.join(JOIN_SECONDS)
        self._parts.pool.close()
        _log.info("The provider has stopped.", action="provider_stopped")

    def on_blocks(self, last: BlockPlace, events: Sequence[ChainEvent]) -> None:
        """Count anew what controllers owe, claim on, and have versions fetched that have just gone live."""
        del last
        self._parts.exposure.refresh()
        if any(event.name == "LiveVersionSet" for event in events):
            self._versions_changed.set()
        if any(event.name.startswith("Job") for event in events):
            for worker in self._parts.workers:
                worker.wake_claims()

    def on_rewind(self, place: BlockPlace) -> None:
        """Count anew when the blocks are read again."""

    def _fetch_ahead(self, stop: threading.Event) -> None:
        parts = self._parts
        while not stop.is_set():
            self._versions_changed.clear()
            if parts.workers:
                parts.workshop.shelf.fetch_ahead(
                    parts.notes.live_versions(), parts.allows_repository, parts.workers[0].fetch_bundle
                )
            self._versions_changed.wait(FETCH_AHEAD_SECONDS)
