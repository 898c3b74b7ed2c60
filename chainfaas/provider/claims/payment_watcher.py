"""Sees in the own node's blocks what became of the jobs that this provider holds a claim to."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from chainfaas.domain.amounts import TokenAmount
from chainfaas.domain.identifiers import JobId
from chainfaas.provider.crash_points import ProviderHook, ProviderPoint
from chainfaas.provider.journal.job_record import Payment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chainfaas.chain.event_decoder import ChainEvent
    from chainfaas.provider.claims.bill_clock import BillClock
    from chainfaas.provider.journal.chain_notes import BlockPlace
    from chainfaas.provider.journal.job_journal import JobJournal

_PAID = ("JobSettled", "JobRecorded")
_UNPAID = {
    "JobUnfunded": "The developer's escrow could not pay for it.",
    "JobExpired": "Its time was over before it was settled.",
    "JobDeclined": "It was given back on the chain.",
}


class PaymentWatcher:
    """Moves the journal's records by what blocks show."""

    def __init__(
        self,
        journal: JobJournal,
        clock: BillClock,
        finality_blocks: int,
        at_point: ProviderHook,
    ) -> None:
        """See nothing yet.

        Args:
            journal: The records.
            clock: Knows when runs ended.
            finality_blocks: Blocks above a payment from which on it stays.
            at_point: Called before and after each effect.
        """
        self._journal = journal
        self._clock = clock
        self._finality_blocks = finality_blocks
        self._at_point = at_point

    def on_blocks(self, last: BlockPlace, events: Sequence[ChainEvent]) -> None:
        """Note payments and losses, and make final what is deep enough."""
        payments = {_job(event): self._payment(event) for event in events if event.name in _PAID}
        losses = {_job(event): _UNPAID[event.name] for event in events if event.name in _UNPAID}
        if payments:
            self._at_point(ProviderPoint.BEFORE_SEE_PAYMENT)
            self._journal.see_payments(payments)
            self._at_point(ProviderPoint.AFTER_SEE_PAYMENT)
        if losses:
            self._journal.give_up(losses)
        self._at_point(ProviderPoint.BEFORE_SETTLE_RECORD)
        self._journal.settle_up_to(last.number - self._finality_blocks)
        self._at_point(ProviderPoint.AFTER_SETTLE_RECORD)

    def on_rewind(self, place: BlockPlace) -> None:
        """Take back what was seen in blocks that were replaced."""
        self._journal.forget_payments_above(place.number)

    def _payment(self, event: ChainEvent) -> Payment:
        return Payment(
            amount=TokenAmount(cast("int", event.args["cost"])),
            block_number=event.block_number,
            tx_hash=event.tx_hash,
            bill_us=self._clock.microseconds_since_end(_job(event)),
        )


def _job(event: ChainEvent) -> JobId:
    return JobId(cast("int", event.args["jobId"]))
