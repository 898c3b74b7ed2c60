from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chainfaas.domain.amounts import TokenAmount
from chainfaas.domain.prices import split_gross
from chainfaas.provider.earnings.commission_shares import commission_shares

COSTS = st.lists(st.integers(0, 2**96 // 48).map(TokenAmount), max_size=48)


@given(COSTS, st.integers(0, 1_000))
def test_commission_shares__any_claim__add_up_to_what_the_chain_kept(
    costs: list[TokenAmount], commission_bps: int
) -> None:
    gross = TokenAmount(sum(costs))
    commission = split_gross(gross, commission_bps).commission
    shares = commission_shares(costs, commission)
    assert sum(shares) == commission
    assert len(shares) == len(costs)
    for cost, share in zip(costs, shares, strict=True):
        assert 0 <= share <= cost
        assert abs(share * gross - cost * commission) <= gross


def test_commission_shares__rounded_off__goes_to_a_later_job() -> None:
    thirds = [TokenAmount(25)] * 4
    assert commission_shares(thirds, TokenAmount(2)) == [0, 1, 0, 1]
