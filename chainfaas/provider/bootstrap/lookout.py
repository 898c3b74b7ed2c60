"""Looks at the running daemon again and again: for `status`, and for systemd's watchdog."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from chainfaas.provider.daemon.live_state import LiveState, write_live_state

if TYPE_CHECKING:
    from chainfaas.observability.service_notices import ServiceNotices

LOOK_SECONDS = 1.0
_SIGNS_A_PERIOD = 3
"""Signs of life within the time that the watchdog waits, so that a late one does no harm."""

_log = structlog.get_logger(__name__)


@contextlib.contextmanager
def lookout(folder: Path, look: Callable[[], LiveState | None], notices: ServiceNotices) -> Iterator[None]:
    """Write the daemon's state down and give signs of life while the block runs.

    Args:
        folder: The provider's folder.
        look: Returns the daemon's state; none once a part of it has failed: then there are no more signs.
        notices: Who gets the signs.
    """
    stop = threading.Event()
    watcher = threading.Thread(target=_watch, args=(folder, look, notices, stop), name="lookout", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        stop.set()
        watcher.join()


def _watch(
    folder: Path, look: Callable[[], LiveState | None], notices: ServiceNotices, stop: threading.Event
) -> None:
    period = notices.watchdog_seconds
    pause = LOOK_SECONDS if period is None else min(LOOK_SECONDS, period / _SIGNS_A_PERIOD)
    written: LiveState | None = None
    while True:
        state = look()
        if state is not None:
            if state != written:
                written = _write(folder, state)
            if period is not None:
                notices.alive()
        if stop.wait(pause):
            return


def _write(folder: Path, state: LiveState) -> LiveState | None:
    try:
        write_live_state(folder, state)
    except OSError as fault:
        _log.warning("The state cannot be written down.", action="state_unwritten", fault=str(fault))
        return None
    return state
