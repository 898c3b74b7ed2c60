"""What can be wrong with the journal."""

from __future__ import annotations

from chainfaas.domain.errors import ConfigurationError, ConflictError


class JournalTakenError(ConflictError):
    """Another daemon works with this provider's journal."""

    code = "journal-taken"
    default_remedy = "Stop the other daemon (`chainfaas provider stop`), or choose another provider's folder."


class JournalVersionError(ConfigurationError):
    """The journal was written by another release."""

    code = "journal-version"
    default_remedy = "Use the release that wrote it until all its jobs are paid."


class JobKnownError(ConflictError):
    """The journal has a record of this job already."""

    code = "job-known"
    default_remedy = "Nothing to do: a job is run once, and its record stays."


class JobMovedError(ConflictError):
    """A job's record is not in the state that was expected."""

    code = "job-moved"
    default_remedy = "Read the record again and decide from its present state."
