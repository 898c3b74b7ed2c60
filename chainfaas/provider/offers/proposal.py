"""What a new provider might ask, judged by what the others ask."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainfaas.domain.amounts import BaseFee, Price
from chainfaas.domain.prices import Offer

if TYPE_CHECKING:
    from collections.abc import Sequence

FIRST_OFFER = Offer(BaseFee(10**12), Price(1_000))
"""What is proposed where nobody asks anything yet."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """An offer, and what it was judged by.

    Attributes:
        offer: What might be asked.
        cheapest: Lowest base fee and lowest price on the network; none where nobody asks anything.
        dearest: The highest of both.
        providers: How many providers ask something.
    """

    offer: Offer
    cheapest: Offer | None
    dearest: Offer | None
    providers: int


def propose_offer(offers: Sequence[Offer]) -> Proposal:
    """Propose the middle of what others ask: half of them are dearer, so jobs will come.

    Args:
        offers: What each provider asks.
    """
    asked = [offer for offer in offers if offer.base_fee or offer.price]
    if not asked:
        return Proposal(FIRST_OFFER, None, None, 0)
    fees = [offer.base_fee for offer in asked]
    unit_prices = [offer.price for offer in asked]
    return Proposal(
        offer=Offer(
            BaseFee(statistics.median_low(fees)),
            Price(statistics.median_low(unit_prices)),
        ),
        cheapest=Offer(min(fees), min(unit_prices)),
        dearest=Offer(max(fees), max(unit_prices)),
        providers=len(asked),
    )
