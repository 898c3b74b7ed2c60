"""The journal's file: one daemon at a time, safe from a kill at once and from a power cut soon after."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from chainfaas.chain.node.file_lock import file_lock
from chainfaas.chain.sqlite_disk import kept_on_disk
from chainfaas.chain.sqlite_engine import Durability, create_sqlite_engine
from chainfaas.provider.journal.errors import JournalTakenError, JournalVersionError
from chainfaas.provider.journal.tables import METADATA, SCHEMA_VERSION

if TYPE_CHECKING:
    from sqlalchemy import Engine

FILE_NAME = "journal.sqlite3"


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
        try:
            _prepare(engine, folder)
            with kept_on_disk(engine, folder / FILE_NAME):
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
