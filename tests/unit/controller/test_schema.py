from __future__ import annotations

import pytest
from sqlalchemy import Dialect, Table, make_url, select, update
from sqlalchemy.schema import CreateIndex, CreateTable

from chainfaas.chain.column_types import AddressText, DatabaseSeconds, HexText, WideInteger
from chainfaas.controller.indexing.working_set import KEY_COLUMNS
from chainfaas.controller.storage.schema import CHAIN, METADATA, OUTBOX
from chainfaas.domain.identifiers import Address

DIALECTS = [make_url(f"{name}://").get_dialect()() for name in ("sqlite", "postgresql+psycopg")]


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
@pytest.mark.parametrize("table", METADATA.sorted_tables, ids=lambda table: table.name)
def test_tables__each_database__can_be_written_out(table: Table, dialect: Dialect) -> None:
    assert f"CREATE TABLE {table.name}" in str(CreateTable(table).compile(dialect=dialect))
    for index in table.indexes:
        assert "INDEX" in str(CreateIndex(index).compile(dialect=dialect))


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_one_entry_a_nonce__each_database__unique_among_unfinished(dialect: Dialect) -> None:
    (index,) = (each for each in OUTBOX.entries.indexes if each.unique)
    written = str(CreateIndex(index).compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    assert "UNIQUE" in written
    assert "WHERE state IN ('signed', 'sent', 'included')" in written


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_database_seconds__each_database__its_own_clock(dialect: Dialect) -> None:
    written = str(select(DatabaseSeconds() + 5).compile(dialect=dialect))
    assert ("strftime" in written) == (dialect.name == "sqlite")
    assert str(
        update(OUTBOX.signers).values(lease_ends_at_seconds=DatabaseSeconds()).compile(dialect=dialect)
    )


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
@pytest.mark.parametrize("value", [0, 1, -5, 2**63, 2**96 - 1, 2**256 - 1, None])
def test_wide_integer__each_database__exact(value: int | None, dialect: Dialect) -> None:
    kind = WideInteger()
    assert kind.process_result_value(kind.process_bind_param(value, dialect), dialect) == value


def test_text_types__round_trip__same_value() -> None:
    dialect, address = DIALECTS[0], Address(b"\xab" * 20)
    assert AddressText().process_bind_param(address, dialect) == "0x" + "ab" * 20
    assert AddressText().process_result_value("0x" + "ab" * 20, dialect) == address
    assert HexText().process_result_value(HexText().process_bind_param(b"\x01", dialect), dialect) == b"\x01"


def test_chain_tables__each__named_as_the_indexers_and_keyed() -> None:
    assert all(table.name.startswith("chain_") for table in CHAIN)
    assert all(KEY_COLUMNS.values())
