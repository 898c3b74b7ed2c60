"""The named points of the controller, before and after each effect, where a test can make a process die."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from chainfaas.chain.transaction_sender import points as sender_points
from chainfaas.chain.transaction_sender.points import CRASH_VARIABLE, SenderPoint, crash_hook
from chainfaas.domain.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping


class ControllerPoint(StrEnum):
    """Every effect of the controller, once before it and once after it."""

    BEFORE_STORE_INVOCATION = "before_store_invocation"
    AFTER_STORE_INVOCATION = "after_store_invocation"
    BEFORE_RESERVE_SEQUENCE = "before_reserve_sequence"
    AFTER_RESERVE_SEQUENCE = "after_reserve_sequence"
    BEFORE_STORE_JOB = "before_store_job"
    AFTER_STORE_JOB = "after_store_job"
    BEFORE_HAND_OUT = "before_hand_out"
    AFTER_HAND_OUT = "after_hand_out"
    BEFORE_STORE_REPORT = "before_store_report"
    AFTER_STORE_REPORT = "after_store_report"
    BEFORE_STORE_LOSS = "before_store_loss"
    AFTER_STORE_LOSS = "after_store_loss"
    BEFORE_ENQUEUE_OPEN = "before_enqueue_open"
    AFTER_ENQUEUE_OPEN = "after_enqueue_open"
    BEFORE_SIGN_SETTLEMENT = "before_sign_settlement"
    AFTER_SIGN_SETTLEMENT = "after_sign_settlement"
    BEFORE_ENQUEUE_EXPIRE = "before_enqueue_expire"
    AFTER_ENQUEUE_EXPIRE = "after_enqueue_expire"


PointHook: TypeAlias = Callable[[ControllerPoint], None]
"""What the controller calls at each point."""


@dataclass(frozen=True, slots=True)
class CrashHooks:
    """What the two enumerations of points are told to do.

    Attributes:
        controller: Called at the controller's points.
        sender: Called at the sender's.
    """

    controller: PointHook
    sender: sender_points.PointHook


def pass_by(point: ControllerPoint) -> None:
    """Do nothing; the hook of a controller that is not under test.

    Args:
        point: Where the controller is.
    """


def crash_hooks(environment: Mapping[str, str]) -> CrashHooks:
    """Make the hooks that the environment asks for.

    Args:
        environment: Where ``CHAINFAAS_CRASH_AT`` may name a point of the controller or of its sender.

    Returns:
        Hooks of which one kills this process with SIGKILL at that point, or that do nothing.

    Raises:
        ConfigurationError: The variable names no point.
    """
    wanted = environment.get(CRASH_VARIABLE)
    if wanted is None or wanted in set(SenderPoint):
        return CrashHooks(pass_by, crash_hook(environment))
    if wanted not in set(ControllerPoint):
        raise ConfigurationError(f"{CRASH_VARIABLE} names no point of the controller: {wanted!r}.")

    def die_there(point: ControllerPoint) -> None:
        if point == wanted:
            os.kill(os.getpid(), signal.SIGKILL)

    return CrashHooks(die_there, crash_hook({}))
