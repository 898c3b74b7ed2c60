"""Threads that end together: when one fails by a fault of ours, all are told to stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeAlias

import structlog

_log = structlog.get_logger(__name__)

Duty: TypeAlias = "Callable[[threading.Event], None]"
"""Runs until the event is set."""


class Crew:
    """Starts threads and knows whether one of them failed."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self.stop = threading.Event()
        self.failed = False
        self._threads: list[threading.Thread] = []

    def start(self, name: str, duty: Duty) -> None:
        """Start a duty in a thread of its own.

        Args:
            name: The thread's name.
            duty: What it does until told to stop.
        """
        thread = threading.Thread(target=self._do, args=(name, duty), name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def join(self, timeout_seconds: float) -> None:
        """Wait for all threads, at most so long; one that waits for an answer is left behind."""
        deadline = time.monotonic() + timeout_seconds
        for thread in list(self._threads):
            thread.join(max(0.0, deadline - time.monotonic()))

    def _do(self, name: str, duty: Duty) -> None:
        try:
            duty(self.stop)
        except Exception:  # noqa: BLE001 - whatever it was, the daemon ends as a whole
            _log.exception("A part of the daemon failed.", action="part_failed", part=name)
            self.failed = True
            self.stop.set()
