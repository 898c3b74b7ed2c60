"""All that an index holds, so that two can be compared row by row."""

from __future__ import annotations

from sqlalchemy import Engine, select

from chainfaas.controller.storage.schema import CHAIN


def dump_index(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    with engine.connect() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in CHAIN
        }
