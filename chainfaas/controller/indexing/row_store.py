"""Rows of the projections in the database: one read by its key, many written at once."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, delete, insert, select, update

from chainfaas.controller.indexing.working_set import KEY_COLUMNS, RowChange, RowKey
from chainfaas.controller.storage.schema import CHAIN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import ColumnElement, Connection, Table

    from chainfaas.controller.indexing.working_set import Row

_KEY_PREFIX: Final = "key_"
_TABLES: Final[Mapping[str, Table]] = CHAIN.projections


def _is_key(name: str) -> list[ColumnElement[bool]]:
    table = _TABLES[name]
    return [table.c[column] == bindparam(_KEY_PREFIX + column) for column in KEY_COLUMNS[name]]


_SELECTS = {name: select(table).where(*_is_key(name)) for name, table in _TABLES.items()}


def read_row(connection: Connection, key: RowKey) -> Row | None:
    """Read one row.

    Args:
        connection: The database.
        key: Which row.

    Returns:
        Its columns, or ``None``.
    """
    found = connection.execute(_SELECTS[key.projection], _key_arguments(key)).one_or_none()
    return None if found is None else dict(found._mapping)  # noqa: SLF001 - SQLAlchemy's documented name


def write_rows(connection: Connection, changes: Iterable[RowChange]) -> None:
    """Write rows, one statement for each projection and kind of change.

    Args:
        connection: The database, in a transaction.
        changes: What becomes of which row.
    """
    inserts: dict[str, list[dict[str, Any]]] = defaultdict(list)
    updates: dict[str, list[dict[str, Any]]] = defaultdict(list)
    deletes: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for change in changes:
        name = change.key.projection
        if change.after is None:
            deletes[name].append(_key_arguments(change.key))
        elif change.before is None:
            inserts[name].append(dict(change.after))
        else:
            updates[name].append(_key_arguments(change.key) | _other_columns(name, change.after))
    for name, rows in inserts.items():
        connection.execute(insert(_TABLES[name]), rows)
    for name, rows in updates.items():
        connection.execute(update(_TABLES[name]).where(*_is_key(name)), rows)
    for name, rows in deletes.items():
        connection.execute(delete(_TABLES[name]).where(*_is_key(name)), rows)


def undo_columns(block_number: int, position: int, change: RowChange) -> dict[str, Any]:
    """Make the undo row of a change.

    Args:
        block_number: Block that made the change.
        position: Place of the change in the block.
        change: The change.

    Returns:
        The columns of ``chain_undo``.
    """
    return {
        "block_number": block_number,
        "position": position,
        "projection": change.key.projection,
        "row_key": json.dumps(change.key.values, separators=(",", ":")),
        "row": None if change.before is None else json.dumps(dict(change.before), separators=(",", ":")),
    }


def read_undo(connection: Connection, above: int) -> Iterable[tuple[RowKey, Row | None]]:
    """Read what rows were before some blocks, latest change first.

    Args:
        connection: The database.
        above: The blocks above this height.

    Yields:
        Each row's key, and what it was; ``None`` if it was not there.
    """
    columns = CHAIN.undo.c
    query = (
        select(columns.projection, columns.row_key, columns.row)
        .where(columns.block_number > above)
        .order_by(columns.block_number.desc(), columns.position.desc())
    )
    for projection, row_key, row in connection.execute(query).all():
        yield RowKey(projection, tuple(json.loads(row_key))), None if row is None else json.loads(row)


def _key_arguments(key: RowKey) -> dict[str, Any]:
    names = KEY_COLUMNS[key.projection]
    return {_KEY_PREFIX + name: value for name, value in zip(names, key.values, strict=True)}


def _other_columns(name: str, row: Row) -> dict[str, Any]:
    return {column: value for column, value in row.items() if column not in KEY_COLUMNS[name]}
