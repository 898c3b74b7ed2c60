"""Brings a database's tables up to date with this release, by the steps in ``migrations/``."""

from __future__ import annotations

import importlib.resources
from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError

from chainfaas.controller.storage.errors import DatabaseTooNewError, MigrationsMissingError

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

ADVISORY_LOCK = 0x636861696E66
"""Number under which processes on one PostgreSQL agree who migrates."""


def migrations_folder() -> Path:
    """Find the steps, in an installed package or beside it in a checkout.

    Returns:
        The folder.

    Raises:
        MigrationsMissingError: There is none.
    """
    package = Path(str(importlib.resources.files("chainfaas")))
    for folder in (package / "shipped" / "migrations", package.parent / "migrations"):
        if (folder / "env.py").is_file():
            return folder
    raise MigrationsMissingError(f"There are no migrations in or beside {package}.")


def upgrade(engine: Engine) -> None:
    """Take every step that the database has not taken yet, all in one transaction.

    Args:
        engine: The database.

    Raises:
        DatabaseTooNewError: It has taken a step that this release does not know.
        MigrationsMissingError: The installation is incomplete.
    """
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})")
        if _is_up_to_date(connection, ScriptDirectory.from_config(config)):
            return
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _is_up_to_date(connection: Connection, steps: ScriptDirectory) -> bool:
    taken = MigrationContext.configure(connection).get_current_revision()
    if taken is None:
        return False
    try:
        steps.get_revision(taken)
    except CommandError as unknown:
        raise DatabaseTooNewError(f"The database has taken step {taken}, which is not known.") from unknown
    return taken == steps.get_current_head()
