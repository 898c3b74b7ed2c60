from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, MetaData

from chainfaas.chain.errors import LeaseLostError
from chainfaas.chain.outbox_entry import Change, EntryState
from chainfaas.chain.outbox_tables import OutboxTables, define_outbox_tables
from chainfaas.chain.sql_outbox import SqlOutbox
from chainfaas.chain.sqlite_engine import Durability, create_sqlite_engine
from tests.outbox_conformance import SIGNER, OutboxConformance, attempt, wanted


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = create_sqlite_engine(tmp_path / "outbox.sqlite", Durability.NORMAL)
    yield engine
    engine.dispose()


@pytest.fixture
def tables(engine: Engine) -> OutboxTables:
    metadata = MetaData()
    tables = define_outbox_tables(metadata)
    metadata.create_all(engine)
    return tables


class TestSqlOutboxOnSqlite(OutboxConformance):
    @pytest.fixture
    def outbox(self, engine: Engine, tables: OutboxTables) -> SqlOutbox:
        return SqlOutbox(engine, tables)


def test_acquire_lease__allowed_to_take_over__holder_is_shut_out(
    engine: Engine, tables: OutboxTables
) -> None:
    outbox = SqlOutbox(engine, tables, takes_over=True)
    entry = outbox.enqueue(wanted("a"))
    first = outbox.acquire_lease(SIGNER, "first", 60)
    second = outbox.acquire_lease(SIGNER, "second", 60)
    with pytest.raises(LeaseLostError):
        outbox.advance(first, entry.entry_id, EntryState.PENDING, Change(EntryState.REFUSED))
    outbox.store_signed(second, attempt(entry.entry_id, 0))


def test_enqueue_within__decision_rolled_back__no_entry(engine: Engine, tables: OutboxTables) -> None:
    outbox = SqlOutbox(engine, tables)
    with engine.connect() as connection:
        outbox.enqueue_within(connection, wanted("a"))
        connection.rollback()
    assert outbox.next_pending(SIGNER) is None


def test_enqueue__many_threads_one_key__one_entry(engine: Engine, tables: OutboxTables) -> None:
    outbox = SqlOutbox(engine, tables)
    ids: list[int] = []
    threads = [
        threading.Thread(target=lambda: ids.append(outbox.enqueue(wanted("a")).entry_id)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 8
    assert len(set(ids)) == 1
