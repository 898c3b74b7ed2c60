"""SQLite as a store that several threads write to and that survives a kill at any moment."""

from __future__ import annotations

import threading
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Engine, create_engine, event

if TYPE_CHECKING:
    from pathlib import Path
    from sqlite3 import Connection as SqliteConnection

    from sqlalchemy import Connection
    from sqlalchemy.pool import ConnectionPoolEntry

BUSY_TIMEOUT_MS = 10_000
"""How long a writer waits for another before it gives up."""


class Durability(StrEnum):
    """What a power cut may take; a kill of the process takes nothing of either."""

    FULL = "FULL"
    """Nothing that was committed."""

    NORMAL = "NORMAL"
    """The last commits, or those of the last moment where the file is `kept_on_disk`."""


def create_sqlite_engine(
    file: Path, durability: Durability = Durability.FULL, turn: threading.Lock | None = None
) -> Engine:
    """Open a database file, which is made if absent.

    Write-ahead logging lets readers go on beside a writer. Each transaction begins as a writer: one that
    begins as a reader and writes later would fail instead of waiting when another wrote in between.

    Args:
        file: The database.
        durability: What a power cut may take.
        turn: Held by whoever writes. Engines of one process that share a file share it too; none is needed
            where there is one engine.

    Returns:
        The engine; nothing is opened yet.
    """
    engine = create_engine(URL.create("sqlite", database=str(file)))
    _let_one_write(engine, turn or threading.Lock())

    @event.listens_for(engine, "connect")
    def configure(connection: SqliteConnection, entry: ConnectionPoolEntry) -> None:
        del entry
        connection.isolation_level = None  # the driver begins no transactions; SQLAlchemy says when
        for pragma, value in _pragmas(durability).items():
            connection.execute(f"PRAGMA {pragma} = {value}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        mode = "DEFERRED" if connection.get_execution_options().get("reads_only") else "IMMEDIATE"
        connection.exec_driver_sql(f"BEGIN {mode}")

    return engine


def _let_one_write(engine: Engine, turn: threading.Lock) -> None:
    # Writers of this process wait for each other here: SQLite would sleep between its looks.
    @event.listens_for(engine, "begin")
    def take_turn(connection: Connection) -> None:
        if not connection.get_execution_options().get("reads_only"):
            turn.acquire()
            connection.info["holds_turn"] = True

    @event.listens_for(engine, "checkin")
    def give_turn(connection: SqliteConnection, record: ConnectionPoolEntry) -> None:
        del connection
        if record.info.pop("holds_turn", False):
            turn.release()


def _pragmas(durability: Durability) -> dict[str, Any]:
    return {
        "busy_timeout": BUSY_TIMEOUT_MS,
        "journal_mode": "WAL",
        "foreign_keys": "ON",
        "synchronous": durability.value,
    }
