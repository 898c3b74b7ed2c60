"""The named points of the controller, before and after each effect, where a test can make a process die."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

from chainfaas.observability.crash_points import PointHook


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


ControllerHook: TypeAlias = PointHook[ControllerPoint]
"""What the controller calls at each point."""
