from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import update

from chainfaas.controller.dispatch.provider_seat import ProviderSeat
from chainfaas.controller.storage import late_ends as module
from chainfaas.controller.storage.schema import CHAIN
from chainfaas.domain.identifiers import JobId, ProviderId
from tests.unit.controller.hand_written_index import CID
from tests.unit.controller.small_controller import SmallController

GOOD: Mapping[str, Any] = {"state": "settled", "status": 1}


def show(controller: SmallController, *ends: Mapping[str, Any]) -> None:
    """Show jobs that ended in this order, provider 1's and this controller's where nothing else is said."""
    first = 1 << 48
    controller.index.show_batch({JobId(first + index): "settled" for index in range(len(ends))})
    with controller.database.engine.begin() as connection:
        for index, end in enumerate(ends):
            values = {"ended_block": 10 + index, **end}
            row = CHAIN.jobs.c.job_id == first + index
            connection.execute(update(CHAIN.jobs).where(row).values(values))


def rate_of(controller: SmallController, provider: int = 1) -> float | None:
    seat = controller.state.seats.get(ProviderId(provider))
    return None if seat is None else seat.success_rate


def rate_after(ends: str) -> float:
    """What the same ends, + good and - bad, give where they were seen as they came."""
    seat = ProviderSeat(ProviderId(1), 0.0)
    for end in ends:
        seat.judge_end(is_good=end == "+")
    return seat.success_rate


@pytest.mark.parametrize(
    ("end", "is_good"),
    [
        ({"state": "settled", "status": 1}, True),
        ({"state": "recorded", "status": 2}, True),
        ({"state": "recorded", "status": 6}, True),
        ({"state": "settled", "status": 7}, False),
        ({"state": "recorded", "status": 8}, False),
        ({"state": "expired", "status": None}, False),
    ],
)
def test_restart__job_that_ended_on_the_chain__counts_as_it_did(
    controller: SmallController, end: Mapping[str, Any], is_good: bool
) -> None:
    show(controller, {"state": "expired"}, end)
    controller.restart()
    assert rate_of(controller) == rate_after("-+" if is_good else "--")


@pytest.mark.parametrize(
    "end",
    [
        {"state": "recorded", "status": 9},
        {"state": "declined", "status": None},
        {"state": "unfunded", "status": None},
        {"state": "open", "status": None, "ended_block": None},
        {"state": "expired", "controller_id": CID + 1},
    ],
)
def test_restart__job_that_says_nothing_of_its_provider__does_not_count(
    controller: SmallController, end: Mapping[str, Any]
) -> None:
    show(controller, end)
    controller.restart()
    assert rate_of(controller) is None


def test_restart__several_providers__each_by_its_own_and_the_latest_most(controller: SmallController) -> None:
    lost = {"state": "expired"}
    show(controller, lost, GOOD, {**lost, "provider_id": 2}, GOOD, {**GOOD, "provider_id": 2}, lost)
    controller.restart()
    assert rate_of(controller) == rate_after("-++-")
    assert rate_of(controller, 2) == rate_after("-+")


def test_restart__more_jobs_than_are_looked_at__the_latest(
    controller: SmallController, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LATE_JOBS", 2)
    show(controller, {"state": "expired"}, GOOD, GOOD)
    controller.restart()
    assert rate_of(controller) == rate_after("++")


def test_restart__provider_that_did_badly__is_chosen_after_the_other(controller: SmallController) -> None:
    show(controller, *([{"state": "expired"}] * 5), {**GOOD, "provider_id": 2})
    controller.restart()
    bad, good = controller.provider(1), controller.provider(2)
    bad.poll()
    good.poll()
    for _ in range(3):
        controller.invoke(Prefer="respond-async")
    good.poll(5_000)
    assert len(good.running) == 3
    assert bad.poll().assignments == ()
