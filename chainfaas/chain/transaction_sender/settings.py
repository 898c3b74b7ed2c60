"""What a sender may be told, and the parts that it works with."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from chainfaas.chain.reverts import ErrorDecoder, RevertReason
from chainfaas.chain.transaction_sender.points import SenderHook, SenderPoint
from chainfaas.observability.crash_points import crash_hook

if TYPE_CHECKING:
    from chainfaas.chain.outbox import Outbox
    from chainfaas.chain.outbox_entry import NewEntry
    from chainfaas.chain.signer import TransactionSigner
    from chainfaas.chain.transaction_node import TransactionNode

RevertJudge: TypeAlias = "Callable[[NewEntry, RevertReason], bool]"
"""Says whether a contract's refusal means that the effect exists already."""


def never_done(wanted: NewEntry, reason: RevertReason) -> bool:
    """Take every refusal as one.

    Args:
        wanted: What was refused.
        reason: Why.

    Returns:
        False.
    """
    del wanted, reason
    return False


@dataclass(frozen=True, slots=True)
class SenderSettings:
    """How a sender behaves.

    Attributes:
        finality_depth: Blocks on top of a transaction's block from which it stays.
        in_flight_cap: Transactions that may wait to be mined at once.
        gas_margin: Gas on top of the estimate, since the block's sealer differs from the estimate's.
        bump_after_blocks: Blocks that a transaction waits before it offers more.
        max_bumps: How often it offers more; after that the same bytes are sent again and again.
        resend_after_seconds: Time after which the same bytes are sent again.
        lease_seconds: How long the right to send holds unless renewed.
        idle_seconds: Longest sleep of the loop without a wake-up; a safety net, not a pace.
    """

    finality_depth: int
    in_flight_cap: int = 16
    gas_margin: int = 60_000
    bump_after_blocks: int = 3
    max_bumps: int = 8
    resend_after_seconds: float = 5.0
    lease_seconds: int = 30
    idle_seconds: float = 1.0


@dataclass(frozen=True)
class SenderParts:
    """What a sender works with.

    Attributes:
        outbox: Where its entries are.
        node: Where its transactions go.
        signer: Its key.
        settings: How it behaves.
        errors: Names of the contracts' errors.
        is_done_already: Which refusals mean that the effect exists.
        at_point: Called before and after each effect; by default it obeys ``CHAINFAAS_CRASH_AT``.
        monotonic: Seconds of a clock that never jumps.
    """

    outbox: Outbox
    node: TransactionNode
    signer: TransactionSigner
    settings: SenderSettings
    errors: ErrorDecoder = field(default_factory=ErrorDecoder)
    is_done_already: RevertJudge = never_done
    at_point: SenderHook = field(default_factory=lambda: crash_hook(os.environ, SenderPoint))
    monotonic: Callable[[], float] = time.monotonic
