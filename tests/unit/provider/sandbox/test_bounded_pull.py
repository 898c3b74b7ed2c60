from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainfaas.provider.sandbox.bounded_pull import ROOM, PullWatch

MAX_BYTES = 1_000
FREE_BYTES = 50_000


def downloading(layer: str, total: int) -> dict[str, Any]:
    return {"status": "Downloading", "id": layer, "progressDetail": {"current": 1, "total": total}}


def test_refuses__layers_within_the_bound__goes_on() -> None:
    watch = PullWatch(MAX_BYTES, FREE_BYTES)
    events = [downloading("a", 400), downloading("a", 400), downloading("b", 600), {"status": "Extracting"}]
    assert [watch.refuses(event, FREE_BYTES - ROOM * MAX_BYTES) for event in events] == ["", "", "", ""]


def test_refuses__layers_that_are_too_much_together__given_up() -> None:
    watch = PullWatch(MAX_BYTES, FREE_BYTES)
    assert watch.refuses(downloading("a", 400), FREE_BYTES) == ""
    assert "packed" in watch.refuses(downloading("b", 601), FREE_BYTES)


def test_refuses__disk_that_fills_up__given_up() -> None:
    watch = PullWatch(MAX_BYTES, FREE_BYTES)
    assert "unpacked" in watch.refuses({"status": "Extracting"}, FREE_BYTES - ROOM * MAX_BYTES - 1)


@pytest.mark.parametrize(("before", "now"), [(None, 0), (FREE_BYTES, None)])
def test_refuses__disk_that_cannot_be_seen__goes_by_the_layers(before: int | None, now: int | None) -> None:
    watch = PullWatch(MAX_BYTES, before)
    assert watch.refuses({"status": "Extracting"}, now) == ""
    assert watch.refuses(downloading("a", MAX_BYTES + 1), now)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, MAX_BYTES)), max_size=20))
def test_refuses__any_order_of_layers__exactly_when_their_sum_is_too_much(
    layers: list[tuple[str, int]],
) -> None:
    watch = PullWatch(MAX_BYTES, None)
    known: dict[str, int] = {}
    for layer, total in layers:
        known[layer] = total
        assert bool(watch.refuses(downloading(layer, total), None)) is (sum(known.values()) > MAX_BYTES)
