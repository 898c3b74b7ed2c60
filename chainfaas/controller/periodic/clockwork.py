"""Ticks: each duty may run at any time and any number of times, and mostly finds nothing to do."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import structlog
from apscheduler.schedulers.background import BackgroundScheduler

from chainfaas.controller.storage.retention import drop_old_contents, kept_references
from chainfaas.controller.storage.session_rows import forget_expired

if TYPE_CHECKING:
    from collections.abc import Callable

    from chainfaas.controller.dispatch.dispatch_state import DispatchParts
    from chainfaas.controller.dispatch.lease_keeper import LeaseKeeper
    from chainfaas.controller.ledger_writer.ledger_writer import LedgerWriter
    from chainfaas.controller.storage.database import Database

LEASE_SHARE = 8
"""Looks at the leases in the length of one."""

SWEEP_SECONDS = 600
RECOUNT_SECONDS = 30
UNNAMED_FILE_SECONDS = 3_600

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Duties:
    """Who has duties.

    Attributes:
        parts: What dispatch works with.
        database: Where old things are.
        leases: Takes jobs from providers that fell silent.
        ledger: Brings to the chain what belongs there.
    """

    parts: DispatchParts
    database: Database
    leases: LeaseKeeper
    ledger: LedgerWriter

    def sweep(self) -> None:
        """Remove what is over: log-ins, keys, old outputs and logs, files that no row has."""
        parts = self.parts
        now_ms = parts.now_ms()
        parts.writer.run(partial(forget_expired, now_seconds=now_ms // 1_000))
        oldest_ms = now_ms - parts.limits.output_kept_seconds * 1_000
        parts.writer.run(partial(drop_old_contents, ended_before_ms=oldest_ms))
        with self.database.engine.execution_options(reads_only=True).connect() as connection:
            kept = kept_references(connection)
        parts.contents.sweep(kept, UNNAMED_FILE_SECONDS)


class Clockwork:
    """Runs duties in threads of its own."""

    def __init__(self, duties: Duties) -> None:
        """Tick not yet.

        Args:
            duties: Who has duties.
        """
        settings = duties.parts.settings
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._scheduler = BackgroundScheduler(
            timezone="UTC",
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": 60},
        )
        lease_pace = min(settings.tick_seconds, settings.lease_seconds / LEASE_SHARE)
        self._add("leases", duties.leases.tick, lease_pace)
        self._add("ledger", duties.ledger.wake, settings.tick_seconds)
        self._add("promises", duties.ledger.count_promises, RECOUNT_SECONDS)
        self._add("sweep", duties.sweep, SWEEP_SECONDS)

    def start(self) -> None:
        """Begin to tick."""
        self._scheduler.start()

    def stop(self) -> None:
        """End; a duty that is going on is waited for."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)

    def _add(self, name: str, duty: Callable[[], None], seconds: float) -> None:
        self._scheduler.add_job(partial(_run, name, duty), "interval", seconds=seconds, id=name)


def _run(name: str, duty: Callable[[], None]) -> None:
    try:
        duty()
    except Exception as fault:  # noqa: BLE001 - the next tick tries again, whatever it was
        _log.error("A duty failed and is tried again.", action="duty_failed", duty=name, fault=repr(fault))
