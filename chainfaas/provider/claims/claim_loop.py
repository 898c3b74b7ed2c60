"""Claims what one controller owes, in step with the blocks."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.exc import SQLAlchemyError

from chainfaas.domain.amounts import TokenAmount
from chainfaas.domain.errors import ChainFaaSError
from chainfaas.domain.wire.settlements import SettlementsRequest
from chainfaas.provider.claims.check_settlement import Books, Claim, ClaimParties, check_settlement
from chainfaas.provider.crash_points import ProviderHook, ProviderPoint

if TYPE_CHECKING:
    from collections.abc import Callable

    from chainfaas.chain.headers import HeadClock
    from chainfaas.provider.claims.claim_desk import ClaimDesk
    from chainfaas.provider.controller_api.controller_client import ControllerClient
    from chainfaas.provider.journal.job_journal import JobJournal

MAX_JOBS_ASKED = 1_000
IDLE_SECONDS = 1.0
"""Longest sleep while nothing is due; a safety net, not a pace."""
FIRST_PAUSE_SECONDS = 0.01
LONGEST_PAUSE_SECONDS = 0.5
FIRST_FAULT_SECONDS = 0.2
LONGEST_FAULT_SECONDS = 5.0
"""Pauses after a try that failed, of which each is twice as long as the one before."""
_LEAST_GROSS = TokenAmount(1)
_GROSS_TOO_SMALL = "GrossTooSmall"

_log = structlog.get_logger(__name__)


class Step(Enum):
    """What one try came to."""

    NOTHING_DUE = auto()
    IN_FLIGHT = auto()
    """As many claims wait for a block as may."""
    WAITING = auto()
    """The controller has nothing to settle yet."""
    FILED = auto()


@dataclass(frozen=True)
class ClaimPace:
    """When claims are sent."""

    clock: HeadClock
    lead_seconds: float
    """How long before the next block is due."""
    in_flight: int
    """Claims that may wait for a block; one where blocks are sealed on demand."""

    @property
    def is_on_demand(self) -> bool:
        """Whether blocks are sealed on demand."""
        return self.clock.period_seconds == 0

    @property
    def most_under_way(self) -> int:
        """How many claims may wait for a block."""
        return 1 if self.is_on_demand else self.in_flight


@dataclass(frozen=True)
class ClaimParts:
    """What a claim loop works with."""

    client: ControllerClient
    parties: Callable[[], ClaimParties]
    books: Books
    journal: JobJournal
    desk: ClaimDesk
    wake_sender: Callable[[], None]
    at_point: ProviderHook


class ClaimLoop:
    """One controller's claims, in one thread."""

    def __init__(self, parts: ClaimParts, pace: ClaimPace) -> None:
        """Claim nothing yet.

        Args:
            parts: What it works with.
            pace: When it claims.
        """
        self._parts = parts
        self._pace = pace
        self._wake = threading.Event()
        self._takes_what_is_there = False

    def wake(self) -> None:
        """Have it look at once: a report was counter-signed, or a claim came through."""
        self._wake.set()

    def run(self, stop: threading.Event) -> None:
        """Claim until told to stop.

        Args:
            stop: Set by another thread, which then calls `wake`.
        """
        pause, fault_pause = FIRST_PAUSE_SECONDS, FIRST_FAULT_SECONDS
        while not stop.is_set():
            self._wake.clear()
            try:
                self._wait_for_turn(stop)
                step = self.claim_once()
            except (ChainFaaSError, SQLAlchemyError) as fault:
                _log.warning("Nothing can be claimed for now.", action="claims_wait", fault=str(fault))
                # Woken by a counter-signature: the answer may have been ahead of what is known here.
                self._wake.wait(fault_pause)
                fault_pause = min(2 * fault_pause, LONGEST_FAULT_SECONDS)
                continue
            fault_pause = FIRST_FAULT_SECONDS
            if step is Step.NOTHING_DUE:
                self._wake.wait(IDLE_SECONDS)
            elif step is not Step.FILED:
                # Where blocks come by the clock, the next turn is the wait.
                self._wake.wait(pause if self._pace.is_on_demand else FIRST_PAUSE_SECONDS)
            pause = FIRST_PAUSE_SECONDS if step is Step.FILED else min(2 * pause, LONGEST_PAUSE_SECONDS)

    def claim_once(self) -> Step:
        """Ask for a settlement, check it and file the claim.

        Raises:
            SettlementMismatchError: the controller's settlement contradicts the journal; nothing was filed.
            ControllerUnreachableError: the controller does not answer.
            ControllerRefusedError: it refuses.
            ChainError: the own node does not answer.
        """
        parts = self._parts
        parties = parts.parties()
        controller = parties.controller_id
        failed = parts.desk.release_failed(controller)
        # Better what is left in an escrow than nothing, once it does not hold all that was earned.
        self._takes_what_is_there |= any(_GROSS_TOO_SMALL in (entry.error or "") for entry in failed)
        due = parts.journal.due(controller, MAX_JOBS_ASKED)
        if not due:
            return Step.NOTHING_DUE
        if parts.desk.under_way(controller) >= self._pace.most_under_way:
            return Step.IN_FLIGHT
        parts.at_point(ProviderPoint.BEFORE_ASK_SETTLEMENT)
        answer = parts.client.settlements(SettlementsRequest(tuple(due)))
        parts.at_point(ProviderPoint.AFTER_ASK_SETTLEMENT)
        if answer.settlement is None:
            return Step.WAITING
        claim = check_settlement(answer.settlement, parties, parts.books)
        parts.desk.file(claim, self._least_gross(claim))
        self._takes_what_is_there = False
        parts.wake_sender()
        return Step.FILED

    def _least_gross(self, claim: Claim) -> TokenAmount:
        return min(claim.gross, _LEAST_GROSS) if self._takes_what_is_there else claim.gross

    def _wait_for_turn(self, stop: threading.Event) -> None:
        clock = self._pace.clock
        while not stop.is_set():
            head, to_next = clock.head, clock.seconds_to_next()
            to_turn = 0.0 if to_next is None else to_next - self._pace.lead_seconds
            if to_turn >= 0:
                stop.wait(to_turn)
                return
            # This block is missed: the next turn is counted from its head.
            clock.wait_for_other(head, IDLE_SECONDS)
