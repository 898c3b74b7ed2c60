"""Brings to the chain what belongs there: woken by events, paced by blocks, safe to run at any time."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from chainfaas.controller.crash_points import ControllerPoint
from chainfaas.controller.ledger_writer.expire_batches import expire_batches, overdue_jobs
from chainfaas.controller.ledger_writer.open_batches import batches_to_open, open_batches
from chainfaas.controller.ledger_writer.promise_book import Promise
from chainfaas.controller.storage.batch_rows import move_batches
from chainfaas.controller.storage.ledger_rows import promised_jobs, unfinished_batches
from chainfaas.controller.storage.schema import CHAIN
from chainfaas.controller.storage.states import BatchState
from chainfaas.domain.errors import ChainFaaSError
from chainfaas.domain.identifiers import JobId

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

    from chainfaas.controller.indexing.plain_event import PlainEvent
    from chainfaas.controller.ledger_writer.ledger_parts import LedgerParts
    from chainfaas.domain.identifiers import BatchId, ProviderId

_SHOWN = frozenset({"JobOpened", "JobRecorded", "JobUnfunded"})
_log = structlog.get_logger(__name__)


class LedgerWriter:
    """One thread. Each step looks at the whole state and does what is due; doing it twice does nothing."""

    def __init__(self, parts: LedgerParts) -> None:
        """Write nothing yet.

        Args:
            parts: What it works with.
        """
        self._parts = parts
        self._reader = parts.database.engine.execution_options(reads_only=True)
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._block_passed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ledger-writer", daemon=True)

    def start(self) -> None:
        """Take up what a former process left, and begin."""
        self.count_promises()
        self._thread.start()

    def stop(self) -> None:
        """End after the step that is going on."""
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def wake(self) -> None:
        """Have the state looked at."""
        self._wake.set()

    def on_block(self) -> None:
        """Have what waits for a block done: there is a new head."""
        self._block_passed.set()
        self._wake.set()

    def on_events(self, events: Sequence[PlainEvent]) -> None:
        """Stop counting as promised what the chain shows now.

        Args:
            events: What the index was given.
        """
        self._parts.promises.release(
            JobId(int(event.args["jobId"])) for event in events if event.name in _SHOWN
        )
        self._wake.set()

    def count_promises(self) -> None:
        """Count all promises anew from the database, which also sees blocks that were taken back."""
        parts, window = self._parts, self._parts.windows.claim_seconds
        least = int(parts.unix_time()) - window
        # Whatever was promised before the count begins is handed to the writer by then, and so seen by it.
        with parts.filler_lock:
            parts.promises.begin_count()
        jobs = parts.writer.run(partial(promised_jobs, least_deadline=least))
        parts.promises.replace(
            Promise(job.job_id, job.developer, job.unit, job.deadline + window) for job in jobs
        )

    def step(self) -> None:
        """Do everything that is due."""
        parts, now_ms = self._parts, int(self._parts.unix_time() * 1_000)
        with parts.filler_lock:
            if self._block_passed.is_set():
                self._block_passed.clear()
                parts.filler.close_before(now_ms)
            parts.filler.close_older_than(now_ms - parts.windows.open_age_seconds * 1_000)
            closing = self._store_closed()
        closing.result()
        head, chain_seconds = self._indexed_head()
        self._order("OPEN", batches_to_open, open_batches, now_ms)
        self._order("EXPIRE", overdue_jobs, expire_batches, chain_seconds)
        done = self._done(head - parts.finality_blocks)
        if done:
            parts.writer.run(partial(_finish, done=done))

    def close_for_claim(self, provider: ProviderId) -> None:
        """Close what a provider is about to claim, so that no block passes before it can; waits for the disk.

        Args:
            provider: Who asks for a settlement.
        """
        with self._parts.filler_lock:
            self._parts.filler.close_for_claim(provider)
            closing = self._store_closed()
        closing.result()

    def _store_closed(self) -> Future[None]:
        closed = self._parts.filler.take_closed()
        if closed:
            return self._parts.writer.submit(partial(_close, closed=closed))
        nothing: Future[None] = Future()
        nothing.set_result(None)
        return nothing

    def _order(
        self,
        kind: str,
        look: Callable[[Connection, LedgerParts, int], Sequence[object]],
        order: Callable[[Connection, LedgerParts, int], int],
        moment: int,
    ) -> None:
        with self._reader.connect() as connection:
            is_due = bool(look(connection, self._parts, moment))
        if is_due:
            self._parts.at_point(ControllerPoint[f"BEFORE_ENQUEUE_{kind}"])
            self._parts.writer.run(lambda connection: order(connection, self._parts, moment))
            self._parts.at_point(ControllerPoint[f"AFTER_ENQUEUE_{kind}"])
            self._parts.wake_sender()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.wait()
            self._wake.clear()
            try:
                self.step()
            except (ChainFaaSError, SQLAlchemyError) as fault:
                _log.error(
                    "The ledger could not be written for now.", action="ledger_waits", fault=str(fault)
                )

    def _indexed_head(self) -> tuple[int, int]:
        columns = CHAIN.blocks.c
        query = select(func.max(columns.number), func.max(columns.timestamp))
        with self._reader.connect() as connection:
            number, timestamp = connection.execute(query).one()
        return number or 0, timestamp or 0

    def _done(self, last_final_block: int) -> list[BatchId]:
        window = self._parts.windows.claim_seconds
        over_seconds = self._parts.unix_time() - window - self._parts.windows.grace_seconds
        with self._reader.connect() as connection:
            unfinished = unfinished_batches(connection)
        return [
            batch.row.batch_id
            for batch in unfinished
            if not batch.jobs
            or batch.are_final(last_final_block)
            # Never on the chain, and the chain would not take it any more.
            or (not batch.is_used and batch.row.deadline < over_seconds)
        ]


def _finish(connection: Connection, done: Sequence[BatchId]) -> None:
    move_batches(connection, done, (BatchState.CLOSED, BatchState.OPENING), BatchState.DONE)


def _close(connection: Connection, closed: Sequence[BatchId]) -> None:
    move_batches(connection, closed, (BatchState.FILLING,), BatchState.CLOSED)
