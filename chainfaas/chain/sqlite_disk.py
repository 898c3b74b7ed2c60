"""Brings SQLite's write-ahead log to the disk soon after each commit, off the path of those who commit."""

from __future__ import annotations

import contextlib
import os
import threading
from typing import TYPE_CHECKING

from sqlalchemy import event

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Engine

SYNC_WITHIN_SECONDS = 0.1
"""How much a power cut may take. A kill of the process takes nothing."""


@contextlib.contextmanager
def kept_on_disk(engine: Engine, file: Path) -> Iterator[None]:
    """Bring what is committed to the disk within `SYNC_WITHIN_SECONDS`, and at the end.

    Args:
        engine: The database, opened with ``Durability.NORMAL``.
        file: Its file.
    """
    written, stop = threading.Event(), threading.Event()

    def note(connection: Connection) -> None:
        if not connection.get_execution_options().get("reads_only"):
            written.set()

    def sync_soon() -> None:
        while not stop.is_set():
            written.wait()
            stop.wait(SYNC_WITHIN_SECONDS / 2)
            written.clear()
            sync_to_disk(file)

    event.listen(engine, "commit", note)
    thread = threading.Thread(target=sync_soon, name="database-sync", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        written.set()
        thread.join()
        event.remove(engine, "commit", note)


def sync_to_disk(file: Path) -> None:
    """Bring all that was committed to the disk now.

    With ``synchronous=NORMAL``, SQLite leaves this to the next checkpoint. Any descriptor's fsync does it.

    Args:
        file: The database; only its write-ahead log may lag behind.
    """
    with contextlib.suppress(FileNotFoundError):
        descriptor = os.open(file.with_name(f"{file.name}-wal"), os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
