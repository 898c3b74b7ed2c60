"""How protocol values are kept in a database: readable, exact, and the same in SQLite and PostgreSQL."""

# ruff: noqa: ARG001, ARG002 - SQLAlchemy calls these functions with arguments of its choosing
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, Numeric, String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import ColumnElement
from sqlalchemy.types import TypeDecorator

from chainfaas.domain.encodings import format_hex, parse_hex
from chainfaas.domain.identifiers import Address

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect
    from sqlalchemy.sql.compiler import SQLCompiler
    from sqlalchemy.types import TypeEngine

MAX_DECIMAL_DIGITS = 78
"""Digits of the largest 256-bit number."""


class HexText(TypeDecorator[bytes]):
    """Bytes as ``0x`` and lower-case hex digits."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> str | None:
        """Turn bytes into text."""
        return None if value is None else format_hex(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> bytes | None:
        """Turn text into bytes."""
        return None if value is None else parse_hex(value)


class AddressText(TypeDecorator[Address]):
    """An address as ``0x`` and 40 lower-case hex digits."""

    impl = String(42)
    cache_ok = True

    def process_bind_param(self, value: Address | None, dialect: Dialect) -> str | None:
        """Turn an address into text."""
        return None if value is None else format_hex(value.raw)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Address | None:
        """Turn text into an address."""
        return None if value is None else Address(parse_hex(value, 20))


class WideInteger(TypeDecorator[int]):
    """An integer of up to 256 bits.

    PostgreSQL counts with it; SQLite, whose integers end at 64 bits, keeps decimal text that is not to be
    compared or added up in SQL.
    """

    impl = String(MAX_DECIMAL_DIGITS + 1)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the column's type by database."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(Numeric(MAX_DECIMAL_DIGITS, 0))
        return dialect.type_descriptor(String(MAX_DECIMAL_DIGITS + 1))

    def process_bind_param(self, value: int | None, dialect: Dialect) -> int | str | None:
        """Turn an integer into what the column holds."""
        if value is None or dialect.name == "postgresql":
            return value
        return str(value)

    def process_result_value(self, value: object, dialect: Dialect) -> int | None:
        """Turn what the column holds into an integer."""
        return None if value is None else int(str(value))


class DatabaseSeconds(ColumnElement[int]):
    """Unix seconds by the database's own clock, which is the one clock that all its clients share."""

    type = Integer()
    inherit_cache = True


@compiles(DatabaseSeconds, "sqlite")
def _in_sqlite(element: DatabaseSeconds, compiler: SQLCompiler, **options: object) -> str:
    return "CAST(strftime('%s', 'now') AS INTEGER)"


@compiles(DatabaseSeconds, "postgresql")
def _in_postgresql(element: DatabaseSeconds, compiler: SQLCompiler, **options: object) -> str:
    return "CAST(EXTRACT(EPOCH FROM clock_timestamp()) AS INTEGER)"
