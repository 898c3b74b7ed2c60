"""The rows that a run of blocks touches: as they were, as they are, and how to take each block back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from chainfaas.controller.storage.schema import CHAIN

RowValue: TypeAlias = int | bool | str | None
Row: TypeAlias = Mapping[str, RowValue]
"""The columns of one row by name."""

KEY_COLUMNS = {
    name: tuple(column.name for column in table.primary_key) for name, table in CHAIN.projections.items()
}
"""What identifies a row of each projection."""


@dataclass(frozen=True, slots=True)
class RowKey:
    """Which row of which projection.

    Attributes:
        projection: The projection's name.
        values: Its key columns, in the table's order.
    """

    projection: str
    values: tuple[RowValue, ...]


@dataclass(frozen=True, slots=True)
class RowChange:
    """What becomes of a row.

    Attributes:
        key: Which row.
        before: The row as it was, or ``None`` if there was none.
        after: The row as it is, or ``None`` if there is none any more.
    """

    key: RowKey
    before: Row | None
    after: Row | None


Load: TypeAlias = Callable[[RowKey], Row | None]
"""Finds a row in the database."""


class WorkingSet:
    """Reads rows through to the database once, and keeps what is written until it is asked for."""

    def __init__(self, load: Load) -> None:
        """Start empty.

        Args:
            load: Finds a row that was not touched yet.
        """
        self._load = load
        self._first: dict[RowKey, Row | None] = {}
        self._now: dict[RowKey, Row | None] = {}
        self._before_block: dict[RowKey, Row | None] = {}

    def get(self, projection: str, *key: RowValue) -> Row | None:
        """Read a row.

        Args:
            projection: Where it is.
            key: Its key columns.

        Returns:
            The row as it is now, or ``None``.
        """
        return self._get(RowKey(projection, key))

    def put(self, projection: str, row: Row) -> None:
        """Write a whole row.

        Args:
            projection: Where it belongs.
            row: All its columns.
        """
        self._put(RowKey(projection, tuple(row[name] for name in KEY_COLUMNS[projection])), row)

    def restore(self, key: RowKey, row: Row | None) -> None:
        """Put a row back to what it was.

        Args:
            key: Which row.
            row: What it was; ``None`` removes it.
        """
        self._put(key, row)

    def end_block(self) -> list[RowChange]:
        """Close a block.

        Returns:
            What the block changed since the last one, in the order of the first touch.
        """
        changed = [
            RowChange(key, before, self._now[key])
            for key, before in self._before_block.items()
            if before != self._now[key]
        ]
        self._before_block.clear()
        return changed

    def changes(self) -> list[RowChange]:
        """Return what changed since the start, in the order of the first touch."""
        return [
            RowChange(key, before, self._now[key])
            for key, before in self._first.items()
            if before != self._now[key]
        ]

    def _get(self, key: RowKey) -> Row | None:
        if key not in self._now:
            self._first[key] = self._now[key] = self._load(key)
        return self._now[key]

    def _put(self, key: RowKey, row: Row | None) -> None:
        self._before_block.setdefault(key, self._get(key))
        self._now[key] = row
