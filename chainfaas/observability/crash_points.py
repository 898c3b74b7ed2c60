"""Has a process die at one of its named points, before or after an effect, where a test asks for it.

A program names its points in an enumeration and calls one hook at each of them. Points of several parts that
run in one process go to the same hook; their names differ.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TypeAlias, TypeVar

from chainfaas.domain.errors import ConfigurationError

CRASH_VARIABLE = "CHAINFAAS_CRASH_AT"
"""Environment variable that names the point at which the process kills itself."""

_Point = TypeVar("_Point", bound=StrEnum)

PointHook: TypeAlias = Callable[[_Point], None]
"""What a program calls at each point of an enumeration."""


def pass_by(point: StrEnum) -> None:
    """Do nothing; the hook of a program that is not under test.

    Args:
        point: Where the program is.
    """
    del point


def crash_hook(environment: Mapping[str, str], *enumerations: type[StrEnum]) -> PointHook[StrEnum]:
    """Make the hook that the environment asks for.

    Args:
        environment: Where ``CHAINFAAS_CRASH_AT`` may name a point.
        enumerations: The points of this process.

    Returns:
        A hook that kills this process with SIGKILL at that point, or `pass_by`.

    Raises:
        ConfigurationError: The variable names no point of these.
    """
    wanted = environment.get(CRASH_VARIABLE)
    if wanted is None:
        return pass_by
    if not any(wanted in set(points) for points in enumerations):
        names = " or ".join(points.__name__ for points in enumerations)
        raise ConfigurationError(
            f"{CRASH_VARIABLE} names no {names}: {wanted!r}.", remedy="Unset it, unless this is a test."
        )

    def die_there(point: StrEnum) -> None:
        if point == wanted:
            os.kill(os.getpid(), signal.SIGKILL)

    return die_there
