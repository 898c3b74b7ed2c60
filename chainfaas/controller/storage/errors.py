"""What can be wrong with the database, below ``ConfigurationError``."""

from __future__ import annotations

from chainfaas.domain.errors import ConfigurationError


class DatabaseInUseError(ConfigurationError):
    """Another process has the database file open."""

    code = "database-in-use"
    default_remedy = "Stop the other controller, or use PostgreSQL, which several may share."


class DatabaseTooNewError(ConfigurationError):
    """The database was written by a newer release."""

    code = "database-too-new"
    default_remedy = "Install the release that wrote it, or a newer one; there is no way back."


class MigrationsMissingError(ConfigurationError):
    """The installation has no migrations."""

    code = "migrations-missing"
    default_remedy = "Install the package again."
