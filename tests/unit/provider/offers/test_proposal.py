from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chainfaas.domain.amounts import BaseFee, Price
from chainfaas.domain.prices import Offer
from chainfaas.provider.offers.proposal import FIRST_OFFER, propose_offer

OFFERS = st.builds(Offer, st.integers(0, 10**18).map(BaseFee), st.integers(1, 2**48 - 1).map(Price))


def test_propose_offer__nobody_asks__a_first_one() -> None:
    proposal = propose_offer([Offer(BaseFee(0), Price(0))])
    assert (proposal.offer, proposal.providers, proposal.cheapest) == (FIRST_OFFER, 0, None)


@given(st.lists(OFFERS, min_size=1, max_size=9))
def test_propose_offer__some_ask__half_of_them_are_no_cheaper(offers: list[Offer]) -> None:
    proposal = propose_offer(offers)
    assert proposal.providers == len(offers)
    assert 2 * sum(offer.price >= proposal.offer.price for offer in offers) >= len(offers)
    assert 2 * sum(offer.base_fee <= proposal.offer.base_fee for offer in offers) >= len(offers)
    assert proposal.cheapest is not None
    assert proposal.dearest is not None
    assert proposal.cheapest.price <= proposal.offer.price <= proposal.dearest.price
