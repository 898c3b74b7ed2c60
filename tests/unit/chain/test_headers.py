from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainfaas.chain.fees import TIP_WEI, bumped_fees, first_fees
from chainfaas.chain.headers import BlockHeader, HeadClock, finality_depth
from chainfaas.chain.outbox_entry import Fees

FIRST = BlockHeader(1, b"\x01" * 32, bytes(32), 10)
SECOND = BlockHeader(2, b"\x02" * 32, b"\x01" * 32, 11)


@pytest.mark.parametrize(("signers", "depth"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 3), (9, 5)])
def test_finality_depth__signers__smallest_majority(signers: int, depth: int) -> None:
    assert finality_depth(signers) == depth


def test_observe__same_head_again__no_tick() -> None:
    clock = HeadClock(1.0)
    assert clock.observe(FIRST)
    assert not clock.observe(FIRST)
    assert clock.observe(SECOND)
    assert clock.head == SECOND


def test_seconds_to_next__head_seen__period_less_what_has_passed() -> None:
    now_seconds = 5.0
    clock = HeadClock(2.0, lambda: now_seconds)
    assert clock.seconds_to_next() is None
    clock.observe(FIRST)
    now_seconds = 5.5
    assert clock.seconds_to_next() == pytest.approx(1.5)
    now_seconds = 8.0
    assert clock.seconds_to_next() == pytest.approx(-1.0)


def test_seconds_to_next__sealing_on_demand__unknown() -> None:
    clock = HeadClock(0)
    clock.observe(FIRST)
    assert clock.seconds_to_next() is None


def test_wait_for_other__new_head__woken() -> None:
    clock = HeadClock(1.0)
    clock.observe(FIRST)
    found: list[BlockHeader | None] = []
    waiter = threading.Thread(target=lambda: found.append(clock.wait_for_other(FIRST, 10)))
    waiter.start()
    clock.observe(SECOND)
    waiter.join(10)
    assert found == [SECOND]


def test_wait_for_other__closed__woken_with_the_old_head() -> None:
    clock = HeadClock(1.0)
    clock.observe(FIRST)
    clock.close()
    assert clock.wait_for_other(FIRST, 10) == FIRST


def test_first_fees__free_gas__tip_alone() -> None:
    assert first_fees(0) == Fees(TIP_WEI, TIP_WEI)


@given(st.integers(1, 2**80), st.integers(1, 2**80), st.integers(0, 2**60))
def test_bumped_fees__any__both_a_fifth_higher(max_fee: int, tip: int, base_fee: int) -> None:
    bumped = bumped_fees(Fees(max_fee, tip), base_fee)
    assert bumped.max_fee_wei * 100 >= max_fee * 120
    assert bumped.tip_wei * 100 >= tip * 120
    assert bumped.max_fee_wei >= first_fees(base_fee).max_fee_wei
