"""Counts log lines by their `action`, which our source names, and by nothing that came from outside."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import structlog

ACTION = "action"


class ActionCounts:
    """A step of the log's way that counts and changes nothing. Any thread may log and ask."""

    def __init__(self) -> None:
        """Begin at nothing."""
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def __call__(
        self, logger: object, method: str, event: structlog.typing.EventDict
    ) -> structlog.typing.EventDict:
        """Count a line and pass it on.

        Args:
            logger: Not looked at.
            method: Not looked at.
            event: The line.
        """
        del logger, method
        action = event.get(ACTION)
        if isinstance(action, str):
            with self._lock:
                self._counts[action] += 1
        return event

    def counts(self) -> Mapping[str, int]:
        """Return how many lines there were by action."""
        with self._lock:
            return dict(self._counts)
