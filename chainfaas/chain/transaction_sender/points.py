"""The named points of the sender, before and after each effect, where a test can make a process die."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

from chainfaas.observability.crash_points import PointHook


class SenderPoint(StrEnum):
    """Every effect of the sender, once before it and once after it."""

    BEFORE_LEASE = "before_lease"
    AFTER_LEASE = "after_lease"
    BEFORE_STORE_SIGNED = "before_store_signed"
    AFTER_STORE_SIGNED = "after_store_signed"
    BEFORE_SEND = "before_send"
    AFTER_SEND = "after_send"
    BEFORE_MARK_SENT = "before_mark_sent"
    AFTER_MARK_SENT = "after_mark_sent"
    BEFORE_RESEND = "before_resend"
    AFTER_RESEND = "after_resend"
    BEFORE_STORE_BUMP = "before_store_bump"
    AFTER_STORE_BUMP = "after_store_bump"
    BEFORE_SEND_BUMP = "before_send_bump"
    AFTER_SEND_BUMP = "after_send_bump"
    BEFORE_MARK_INCLUDED = "before_mark_included"
    AFTER_MARK_INCLUDED = "after_mark_included"
    BEFORE_MARK_REPLACED = "before_mark_replaced"
    AFTER_MARK_REPLACED = "after_mark_replaced"
    BEFORE_GIVE_NONCE_UP = "before_give_nonce_up"
    AFTER_GIVE_NONCE_UP = "after_give_nonce_up"
    BEFORE_ENQUEUE_FILLER = "before_enqueue_filler"
    AFTER_ENQUEUE_FILLER = "after_enqueue_filler"
    BEFORE_STORE_FILLER = "before_store_filler"
    AFTER_STORE_FILLER = "after_store_filler"
    BEFORE_MARK_ENDED = "before_mark_ended"
    AFTER_MARK_ENDED = "after_mark_ended"
    BEFORE_RELEASE_LEASE = "before_release_lease"
    AFTER_RELEASE_LEASE = "after_release_lease"


SenderHook: TypeAlias = PointHook[SenderPoint]
"""What the sender calls at each point."""
