"""How Alembic runs a step: on the connection that the program hands over, or on a file named by its user."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from alembic import context

from chainfaas.chain.sqlite_engine import create_sqlite_engine
from chainfaas.controller.storage.schema import METADATA

if TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext
    from sqlalchemy import Connection

OWN_TYPES = "chainfaas.chain.column_types"


def render_own_type(kind: str, value: object, steps: AutogenContext) -> str | Literal[False]:
    """Write a column type of ours by its bare name when a step is generated.

    Args:
        kind: What is written.
        value: The thing itself.
        steps: What the step imports.

    Returns:
        The text, or ``False`` to leave it to Alembic.
    """
    if kind != "type" or type(value).__module__ != OWN_TYPES:
        return False
    name = type(value).__name__
    steps.imports.add(f"from {OWN_TYPES} import {name}")
    return f"{name}()"


def run(connection: Connection) -> None:
    """Run the steps.

    Args:
        connection: The database, in a transaction or not.
    """
    # SQLite cannot change a column in place: a step copies the table instead.
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        render_as_batch=True,
        compare_type=True,
        render_item=render_own_type,
    )
    with context.begin_transaction():
        context.run_migrations()


handed_over = context.config.attributes.get("connection")
if handed_over is not None:
    run(handed_over)
else:
    file = context.get_x_argument(as_dictionary=True).get("file", "controller.sqlite")
    with create_sqlite_engine(Path(file)).begin() as own_connection:
        run(own_connection)
