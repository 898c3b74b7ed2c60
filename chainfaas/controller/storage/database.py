"""Opens the controller's database: one process on SQLite, any number on PostgreSQL, always up to date."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from chainfaas.chain.node.file_lock import file_lock
from chainfaas.chain.sql_outbox import SqlOutbox
from chainfaas.chain.sqlite_disk import kept_on_disk, sync_to_disk
from chainfaas.chain.sqlite_engine import Durability, create_sqlite_engine
from chainfaas.controller.storage.errors import DatabaseInUseError
from chainfaas.controller.storage.migrations import upgrade
from chainfaas.controller.storage.schema import OUTBOX
from chainfaas.domain.errors import ConfigurationError

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self


class Database:
    """An open database. Close it, or use it in a ``with`` statement."""

    def __init__(self, engine: Engine, certain: Engine, file: Path | None, held: ExitStack) -> None:
        """Keep what ``open_database`` made.

        Args:
            engine: Connections for nearly everything.
            certain: Connections of which a commit is on the disk when it returns.
            file: The SQLite file; ``None`` for a database of another kind, which keeps all that it commits.
            held: What is let go at the end.
        """
        self.engine = engine
        self._certain = certain
        self._file = file
        self._held = held

    @property
    def is_shared(self) -> bool:
        """Whether other processes may have it open."""
        return self._file is None

    def sync(self) -> None:
        """Bring all that was committed to the disk, so that no power cut takes it.

        What a controller signs for payment, a number that it may use, and an answer of 202 wait for this; the
        rest of a call does not.
        """
        if self._file is not None:
            sync_to_disk(self._file)

    def outbox(self) -> SqlOutbox:
        """Return the outbox; where no other process can be alive, leases of dead ones are taken over."""
        return SqlOutbox(self._certain, OUTBOX, takes_over=not self.is_shared)

    def close(self) -> None:
        """Close all connections, and let another process have the file."""
        self._held.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_database(place: str | Path) -> Database:
    """Open a database and bring its tables up to date.

    A power cut may take the last moment of what was committed to an SQLite file, up to the last
    `Database.sync` or write to the outbox.

    Args:
        place: An SQLite file, or the URL of a PostgreSQL database.

    Returns:
        The database.

    Raises:
        DatabaseInUseError: Another process has the SQLite file open.
        DatabaseTooNewError: A newer release wrote it.
        ConfigurationError: The URL has another form.
    """
    is_file = isinstance(place, Path) or "://" not in place
    database = _open_file(Path(place)) if is_file else _open_url(str(place))
    try:
        upgrade(database.engine)
    except BaseException:
        database.close()
        raise
    return database


def _open_file(file: Path) -> Database:
    with ExitStack() as opening:
        if not opening.enter_context(file_lock(file.with_name(file.name + ".lock"), wait=False)):
            raise DatabaseInUseError(f"Another process has {file} open.")
        turn = threading.Lock()
        usual, certain = (
            create_sqlite_engine(file, each, turn) for each in (Durability.NORMAL, Durability.FULL)
        )
        for engine in (usual, certain):
            opening.callback(engine.dispose)
        opening.enter_context(kept_on_disk(usual, file))
        return Database(usual, certain, file, opening.pop_all())


def _open_url(url: str) -> Database:
    try:
        parsed = make_url(url)
    except ArgumentError as fault:
        raise ConfigurationError("The database's URL cannot be read.") from fault
    if parsed.get_backend_name() != "postgresql":
        raise ConfigurationError(f"{parsed.get_backend_name()} is no database that ChainFaaS can use.")
    with ExitStack() as opening:
        engine = create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
        opening.callback(engine.dispose)
        return Database(engine, engine, None, opening.pop_all())
