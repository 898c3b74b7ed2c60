"""The named points of the daemon, before and after each effect, where a test can make it die."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

from chainfaas.observability.crash_points import PointHook


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


ProviderHook: TypeAlias = PointHook[ProviderPoint]
"""What the daemon calls at each point."""
