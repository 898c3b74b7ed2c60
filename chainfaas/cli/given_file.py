"""Bytes that a command line names by a file, or by a dash for standard input."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

from chainfaas.domain.errors import InvalidInputError, LimitExceededError, NotFoundError

STANDARD_INPUT = "-"


def read_given_file(name: str, max_bytes: int) -> bytes:
    """Read what a name on the command line stands for.

    Args:
        name: A path, or ``-`` for standard input.
        max_bytes: The most that is taken.

    Raises:
        NotFoundError: There is no such file.
        InvalidInputError: It cannot be read.
        LimitExceededError: It is longer.
    """
    try:
        if name == STANDARD_INPUT:
            raw = sys.stdin.buffer.read(max_bytes + 1)
        else:
            with Path(name).open("rb") as file:
                raw = file.read(max_bytes + 1)
    except FileNotFoundError as fault:
        raise NotFoundError(f"There is no file {name}.") from fault
    except OSError as fault:
        raise InvalidInputError(f"The file {name} cannot be read: {fault.strerror}.") from fault
    if len(raw) > max_bytes:
        raise LimitExceededError(f"{name} is longer than {max_bytes} bytes.")
    return raw


def is_piped_in() -> bool:
    """Say whether standard input is a pipe or a file, and neither a terminal nor nothing."""
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode)
