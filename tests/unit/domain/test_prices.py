from __future__ import annotations

from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainfaas.domain.amounts import BaseFee, MaxCost, Price, TokenAmount
from chainfaas.domain.errors import (
    ChainFaaSError,
    InvalidAmountError,
    InvalidEncodingError,
    InvalidOutcomeError,
)
from chainfaas.domain.outcomes import Status, status
from chainfaas.domain.prices import (
    Offer,
    Terms,
    billed_time_ms,
    job_cost,
    reserved_cost,
    split_gross,
    whole_ms,
)
from tests.unit.domain import strategies as some

TERMS = Terms(max_cost=MaxCost(1_000), memory_mib=128, timeout_ms=5_000)
OFFER = Offer(base_fee=BaseFee(1_000), price=Price(7))


def test_reserved_cost__below_the_cap__base_fee_and_the_whole_time() -> None:
    assert reserved_cost(TERMS, OFFER) == 1_000 + 5_000 * 128 * 7


def test_reserved_cost__above_the_cap__the_cap() -> None:
    assert reserved_cost(TERMS, Offer(BaseFee(0), Price(2**48 - 1))) == 1_000 * 10**9


def test_job_cost__paid__base_fee_and_the_billed_time() -> None:
    assert job_cost(TERMS, OFFER, Status.FUNCTION_ERROR, 12) == 1_000 + 12 * 128 * 7


@given(some.terms, some.offers, some.statuses, some.unsigned(32))
def test_job_cost__any__within_the_reserve_and_the_amount_field(
    terms: Terms, offer: Offer, ended: Status, billed_ms: int
) -> None:
    cost = job_cost(terms, offer, ended, billed_ms)
    assert 0 <= cost <= reserved_cost(terms, offer) < 2**96
    assert ended.is_paid or cost == 0


@given(some.terms, some.offers, some.unsigned(32), some.unsigned(32))
def test_job_cost__longer_time__never_cheaper(terms: Terms, offer: Offer, one: int, other: int) -> None:
    shorter, longer = sorted((one, other))
    assert job_cost(terms, offer, Status.SUCCEEDED, shorter) <= job_cost(
        terms, offer, Status.SUCCEEDED, longer
    )


@given(st.integers(0, 10**15), st.integers(0, 10**15), st.integers(1, 2**32 - 1))
def test_billed_time_ms__any__is_the_rounded_least_and_at_least_1(
    provider_ns: int, bracket_ns: int, timeout_ms: int
) -> None:
    least = min(Fraction(provider_ns, 10**6), Fraction(bracket_ns, 10**6), Fraction(timeout_ms))
    billed = billed_time_ms(whole_ms(provider_ns), whole_ms(bracket_ns), timeout_ms)
    assert billed == max(1, ceil(least))
    assert billed <= max(1, whole_ms(provider_ns))


@pytest.mark.parametrize(("duration_ns", "milliseconds"), [(0, 0), (1, 1), (10**6, 1), (10**6 + 1, 2)])
def test_whole_ms__any__rounded_up(duration_ns: int, milliseconds: int) -> None:
    assert whole_ms(duration_ns) == milliseconds


@pytest.mark.parametrize("duration_ns", [-1, -(10**6), 2**32 * 10**6])
def test_whole_ms__negative_or_too_long__refused(duration_ns: int) -> None:
    with pytest.raises(InvalidEncodingError):
        whole_ms(duration_ns)


@given(some.unsigned(96).map(TokenAmount), st.integers(0, 1_000))
def test_split_gross__any__adds_up_without_dust(gross: TokenAmount, bps: int) -> None:
    split = split_gross(gross, bps)
    assert split.gross == gross
    assert split.commission == gross * bps // 10_000
    assert 0 <= split.sealer - split.controller <= 1
    assert min(split.provider, split.controller, split.sealer) >= 0


def test_split_gross__odd_commission__sealer_has_the_odd_unit() -> None:
    split = split_gross(TokenAmount(150), 200)
    assert (split.provider, split.controller, split.sealer) == (147, 1, 2)


@pytest.mark.parametrize("bps", [-1, 10_001])
def test_split_gross__commission_of_no_share__refused(bps: int) -> None:
    with pytest.raises(InvalidAmountError):
        split_gross(TokenAmount(1), bps)


@pytest.mark.parametrize(
    ("memory_mib", "timeout_ms"), [(0, 1), (2**16, 1), (1, 0), (1, 2**32), (-1, 1), (1, -1)]
)
def test_terms__outside_the_fields__refused(memory_mib: int, timeout_ms: int) -> None:
    with pytest.raises(ChainFaaSError):
        Terms(MaxCost(1), memory_mib, timeout_ms)


def test_status__each_number__paid_up_to_6_and_tried_elsewhere_after() -> None:
    assert [status(number).is_paid for number in range(1, 10)] == [True] * 6 + [False] * 3
    assert [status(number).is_final for number in range(1, 10)] == [True] * 6 + [False] * 3


@pytest.mark.parametrize("number", [-1, 0, 10, 256])
def test_status__another_number__refused(number: int) -> None:
    with pytest.raises(InvalidOutcomeError, match=str(number)):
        status(number)
