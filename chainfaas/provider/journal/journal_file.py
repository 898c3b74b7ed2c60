"""The journal's file: one daemon at a time, safe from a kill at once and from a power cut soon after."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import event

from chainfaas.chain.node.file_lock import file_lock
from chainfaas.chain.sqlite_engine import Durability, create_sqlite_engine
from chainfaas.provider.journal.errors import JournalTakenError, JournalVersionError
from chainfaas.provider.journal.tables import METADATA, SCHEMA_VERSION

if TYPE_CHECKING:
    from sqlite3 import Connection as SqliteConnection

    from sqlalchemy import Connection, Engine
    from sqlalchemy.pool import ConnectionPoolEntry

FILE_NAME = "journal.sqlite3"
SYNC_WITHIN_SECONDS = 0.1
"""How much a power cut may take. A kill of the process takes nothing."""


@contextlib.contextmanager
def open_journal(folder: Path) -> Iterator[Engine]:
    """Open a provider's journal for the one daemon that works with it; it is made if absent.

    Args:
        folder: The provider's folder.

    Yields:
        The database, which is in step with the disk at the end.

    Raises:
        JournalTakenError: Another daemon has it.
        JournalVersionError: Another release wrote it.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with file_lock(folder / "journal.lock", wait=False) as is_ours:
        if not is_ours:
            raise JournalTakenError(f"Another daemon works with the journal in {folder}.")
        engine = create_sqlite_engine(folder / FILE_NAME, Durability.NORMAL)
        _let_one_write(engine)
        try:
            _prepare(engine, folder)
            with _kept_on_disk(engine, folder / f"{FILE_NAME}-wal"):
                yield engine
        finally:
            engine.dispose()


def read_journal(folder: Path) -> Engine:
    """Open a provider's journal to look at it, beside the daemon or without.

    Args:
        folder: The provider's folder.

    Raises:
        JournalVersionError: Another release wrote it, or there is none.
    """
    if not (folder / FILE_NAME).is_file():
        raise JournalVersionError(f"There is no journal in {folder}.", remedy="Start the provider once.")
    engine = create_sqlite_engine(folder / FILE_NAME, Durability.NORMAL)
    with engine.execution_options(reads_only=True).connect() as connection:
        _check_version(connection.exec_driver_sql("PRAGMA user_version").scalar_one(), folder)
    return engine


def _prepare(engine: Engine, folder: Path) -> None:
    with engine.begin() as connection:
        version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
        if version == 0:
            METADATA.create_all(connection)
            connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA_VERSION}")
        else:
            _check_version(version, folder)
    (folder / FILE_NAME).chmod(0o600)


def _check_version(version: int, folder: Path) -> None:
    if version != SCHEMA_VERSION:
        raise JournalVersionError(
            f"The journal in {folder} has version {version}, and this release keeps {SCHEMA_VERSION}."
        )


def _let_one_write(engine: Engine) -> None:
    """Have writers of this process wait for each other here: SQLite would sleep between its looks."""
    turn = threading.Lock()

    @event.listens_for(engine, "begin", insert=True)
    def take_turn(connection: Connection) -> None:
        if not connection.get_execution_options().get("reads_only"):
            turn.acquire()
            connection.info["holds_turn"] = True

    @event.listens_for(engine, "checkin")
    def give_turn(connection: SqliteConnection, record: ConnectionPoolEntry) -> None:
        del connection
        if record.info.pop("holds_turn", False):
            turn.release()


@contextlib.contextmanager
def _kept_on_disk(engine: Engine, log_file: Path) -> Iterator[None]:
    """Bring the write-ahead log to the disk soon after each commit, and at the end."""
    written, stop = threading.Event(), threading.Event()

    def note(connection: Connection) -> None:
        if not connection.get_execution_options().get("reads_only"):
            written.set()

    def sync_soon() -> None:
        while not stop.is_set():
            written.wait()
            stop.wait(SYNC_WITHIN_SECONDS / 2)
            written.clear()
            _sync(log_file)

    event.listen(engine, "commit", note)
    thread = threading.Thread(target=sync_soon, name="journal-sync", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        written.set()
        thread.join()
        event.remove(engine, "commit", note)


def _sync(log_file: Path) -> None:
    # With synchronous=NORMAL, SQLite leaves this to the next checkpoint. Any descriptor's fsync does it.
    with contextlib.suppress(FileNotFoundError):
        descriptor = os.open(log_file, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
