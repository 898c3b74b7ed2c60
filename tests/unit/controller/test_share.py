from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chainfaas.controller.share import Share


@given(wishes=st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=60))
def test_share__any_order__never_more_than_there_are_and_a_place_for_who_finds_one(
    wishes: list[tuple[str, bool]],
) -> None:
    share, held = Share(5, 2), list[str]()
    for holder, takes in wishes:
        if takes:
            is_free = len(held) < 5 and held.count(holder) < 2
            assert share.take(holder) == is_free
            held += [holder] * is_free
        elif holder in held:
            share.give_back(holder)
            held.remove(holder)


def test_place__left__free_again() -> None:
    share = Share(1, 1)
    for _ in range(3):
        with share.place("a") as has_place, share.place("b") as has_another:
            assert (has_place, has_another) == (True, False)
