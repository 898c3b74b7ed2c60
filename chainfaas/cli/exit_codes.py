"""What a command's exit code says; docs/reference/cli.md has the same table."""

from __future__ import annotations

from enum import IntEnum

from chainfaas.domain.errors import (
    ChainError,
    ChainFaaSError,
    ConfigurationError,
    ConflictError,
    InvalidInputError,
    LimitExceededError,
    NotFoundError,
)


class ExitCode(IntEnum):
    """Why a command ended."""

    SUCCESS = 0  #: It did what was asked.
    INTERNAL = 1  #: A fault of ours, or a question answered with no.
    USAGE = 2  #: The command line cannot be understood.
    INVALID_INPUT = 3  #: A value that was given is not valid.
    NOT_FOUND = 4  #: What was named does not exist.
    CONFLICT = 5  #: The present state does not allow it.
    LIMIT = 6  #: A limit was exceeded.
    CONFIGURATION = 7  #: Settings or files do not fit, or a program is missing.
    CHAIN = 8  #: The chain cannot be reached or refused.
    INTERRUPTED = 130  #: Stopped by Ctrl-C.


_BY_BRANCH: tuple[tuple[type[ChainFaaSError], ExitCode], ...] = (
    (InvalidInputError, ExitCode.INVALID_INPUT),
    (NotFoundError, ExitCode.NOT_FOUND),
    (ConflictError, ExitCode.CONFLICT),
    (LimitExceededError, ExitCode.LIMIT),
    (ConfigurationError, ExitCode.CONFIGURATION),
    (ChainError, ExitCode.CHAIN),
)


def exit_code_of(error: ChainFaaSError) -> ExitCode:
    """Return the exit code of the branch that an error belongs to.

    Args:
        error: What ended the command.
    """
    for branch, code in _BY_BRANCH:
        if isinstance(error, branch):
            return code
    return ExitCode.INTERNAL
