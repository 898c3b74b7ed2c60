"""Opens the controller's database: one process on SQLite, any number on PostgreSQL, always up to date."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from chainfaas.chain.node.file_lock import file_lock
from chainfaas.chain.sql_outbox import SqlOutbox
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

    def __init__(self, engine: Engine, held: ExitStack, *, is_shared: bool) -> None:
        """Keep what ``open_database`` made.

        Args:
            engine: The connections.
            held: What is let go at the end.
            is_shared: Whether other processes may have it open.
        """
        self.engine = engine
        self.is_shared = is_shared
        self._held = held

    def outbox(self) -> SqlOutbox:
        """Return the outbox; where no other process can be alive, leases of dead ones are taken over."""
        return SqlOutbox(self.engine, OUTBOX, takes_over=not self.is_shared)

    def close(self) -> None:
        """Close all connections, and let another process have the file."""
        self._held.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_database(place: str | Path, durability: Durability = Durability.FULL) -> Database:
    """Open a database and bring its tables up to date.

    Args:
        place: An SQLite file, or the URL of a PostgreSQL database.
        durability: What a power cut may take from an SQLite file.

    Returns:
        The database.

    Raises:
        DatabaseInUseError: Another process has the SQLite file open.
        DatabaseTooNewError: A newer release wrote it.
        ConfigurationError: The URL has another form.
    """
    with ExitStack() as opening:
        is_file = isinstance(place, Path) or "://" not in place
        engine = _open_file(Path(place), durability, opening) if is_file else _open_url(str(place))
        opening.callback(engine.dispose)
        upgrade(engine)
        return Database(engine, opening.pop_all(), is_shared=not is_file)


def _open_file(file: Path, durability: Durability, held: ExitStack) -> Engine:
    if not held.enter_context(file_lock(file.with_name(file.name + ".lock"), wait=False)):
        raise DatabaseInUseError(f"Another process has {file} open.")
    return create_sqlite_engine(file, durability)


def _open_url(url: str) -> Engine:
    try:
        parsed = make_url(url)
    except ArgumentError as fault:
        raise ConfigurationError("The database's URL cannot be read.") from fault
    if parsed.get_backend_name() != "postgresql":
        raise ConfigurationError(f"{parsed.get_backend_name()} is no database that ChainFaaS can use.")
    return create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
