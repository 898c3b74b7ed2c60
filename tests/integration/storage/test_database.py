from __future__ import annotations

import multiprocessing
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from chainfaas.controller.storage.database import open_database
from chainfaas.controller.storage.errors import DatabaseInUseError, DatabaseTooNewError
from chainfaas.controller.storage.schema import METADATA
from chainfaas.domain.errors import ConfigurationError
from tests.outbox_conformance import OutboxConformance, wanted


class TestOutboxOfTheDatabase(OutboxConformance):
    @pytest.fixture
    def outbox(self, tmp_path: Path) -> object:
        with open_database(tmp_path / "controller.sqlite") as database:
            outbox = database.outbox()
            outbox._takes_over = False  # two holders at once are what these tests are about
            yield outbox


def test_open_database__new_file__as_the_schema_says(tmp_path: Path) -> None:
    with open_database(tmp_path / "controller.sqlite") as database, database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
        names = {index["name"] for index in inspect(connection).get_indexes("outbox_entries")}
        assert "uq_outbox_entries_signer_nonce" in names


def test_open_database__again__keeps_what_is_there(tmp_path: Path) -> None:
    file = tmp_path / "controller.sqlite"
    with open_database(file) as database:
        entry = database.outbox().enqueue(wanted("a"))
    with open_database(file) as database:
        assert database.outbox().entry(entry.entry_id) == entry


@pytest.mark.parametrize(("what", "synchronous"), [("usual", 1), ("outbox", 2)])
def test_open_database__settings__survive_a_kill_and_the_outbox_a_power_cut(
    what: str, synchronous: int, tmp_path: Path
) -> None:
    with open_database(tmp_path / "controller.sqlite") as database:
        engine = database.engine if what == "usual" else database.outbox()._engine
        with engine.connect() as connection:
            pragmas = ("journal_mode", "foreign_keys", "synchronous")
            found = [connection.execute(text(f"PRAGMA {name}")).scalar_one() for name in pragmas]
    assert found == ["wal", 1, synchronous]


def test_open_database__newer_release_wrote_it__refused(tmp_path: Path) -> None:
    file = tmp_path / "controller.sqlite"
    with open_database(file) as database, database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseTooNewError, match="9999"):
        open_database(file)


@pytest.mark.parametrize("url", ["mysql://localhost/x", "sqlite:///x", "nonsense://"])
def test_open_database__other_kind__refused(url: str) -> None:
    with pytest.raises(ConfigurationError):
        open_database(url)


def hold_open(file: Path, line: Connection) -> None:
    with open_database(file):
        line.send("open")
        line.recv()


def test_open_database__second_process__refused_until_the_first_is_gone(tmp_path: Path) -> None:
    file = tmp_path / "controller.sqlite"
    spawning = multiprocessing.get_context("spawn")
    ours, theirs = spawning.Pipe()
    process = spawning.Process(target=hold_open, args=(file, theirs))
    process.start()
    try:
        assert ours.recv() == "open"
        with pytest.raises(DatabaseInUseError):
            open_database(file)
    finally:
        process.kill()
        process.join()
        ours.close()
        theirs.close()
    open_database(file).close()
