"""The named points of the daemon, before and after each effect, where a test can make it die."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from chainfaas.chain.transaction_sender.points import CRASH_VARIABLE, PointHook, SenderPoint, crash_hook
from chainfaas.domain.errors import ConfigurationError


class ProviderPoint(StrEnum):
    """Every effect of the daemon, once before and once after it; a claim's transaction has the sender's."""

    BEFORE_ACCEPT = "before_accept"
    AFTER_ACCEPT = "after_accept"
    BEFORE_PREPARE = "before_prepare"
    AFTER_PREPARE = "after_prepare"
    BEFORE_RUN = "before_run"
    AFTER_RUN = "after_run"
    BEFORE_STORE_REPORT = "before_store_report"
    AFTER_STORE_REPORT = "after_store_report"
    BEFORE_SEND_CONTENTS = "before_send_contents"
    AFTER_SEND_CONTENTS = "after_send_contents"
    BEFORE_SEND_REPORT = "before_send_report"
    AFTER_SEND_REPORT = "after_send_report"
    BEFORE_STORE_RESULT = "before_store_result"
    AFTER_STORE_RESULT = "after_store_result"
    BEFORE_ASK_SETTLEMENT = "before_ask_settlement"
    AFTER_ASK_SETTLEMENT = "after_ask_settlement"
    BEFORE_STORE_CLAIM = "before_store_claim"
    AFTER_STORE_CLAIM = "after_store_claim"
    BEFORE_SEE_PAYMENT = "before_see_payment"
    AFTER_SEE_PAYMENT = "after_see_payment"
    BEFORE_SETTLE_RECORD = "before_settle_record"
    AFTER_SETTLE_RECORD = "after_settle_record"


ProviderHook: TypeAlias = Callable[[ProviderPoint], None]
"""What the daemon calls at each point."""


@dataclass(frozen=True)
class CrashHooks:
    """What the two enumerations of points are told to do."""

    provider: ProviderHook
    sender: PointHook


def pass_by(point: ProviderPoint) -> None:
    """Do nothing; the hook of a daemon that is not under test."""
    del point


def crash_hooks(environment: Mapping[str, str]) -> CrashHooks:
    """Make the hooks that the environment asks for.

    Args:
        environment: Where ``CHAINFAAS_CRASH_AT`` may name a point of the daemon or of its sender.

    Returns:
        Hooks of which one kills this process with SIGKILL at that point, or that do nothing.

    Raises:
        ConfigurationError: The variable names no point.
    """
    wanted = environment.get(CRASH_VARIABLE)
    if wanted is None or wanted in set(SenderPoint):
        return CrashHooks(pass_by, crash_hook(environment))
    if wanted not in set(ProviderPoint):
        raise ConfigurationError(f"{CRASH_VARIABLE} names no point of the provider: {wanted!r}.")

    def die_there(point: ProviderPoint) -> None:
        if point == wanted:
            os.kill(os.getpid(), signal.SIGKILL)

    return CrashHooks(die_there, crash_hook({}))
