from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainfaas.controller.api import request_pace
from chainfaas.controller.api.app import create_app
from chainfaas.controller.api.request_pace import RequestPace
from chainfaas.controller.api.services import EXTENSION, Services
from chainfaas.controller.errors import RateLimitedError
from chainfaas.domain.content_hashes import file_hash
from tests.unit.controller.hand_written_index import DEVELOPER
from tests.unit.controller.small_controller import STRANGER, SmallController


@dataclass
class Clock:
    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


def took(pace: RequestPace, caller: str) -> bool:
    try:
        pace.take(caller)
    except RateLimitedError:
        return False
    return True


@pytest.mark.parametrize("times", [1, 3, 7, 600])
def test_take__all_at_once__as_many_as_are_allowed_and_told_when_to_come_back(times: int) -> None:
    clock = Clock()
    pace = RequestPace("calls", times, clock)
    assert [took(pace, "a") for _ in range(times + 2)] == [True] * times + [False] * 2
    with pytest.raises(RateLimitedError, match=f"{times} calls a minute") as refused:
        pace.take("a")
    assert took(pace, "b")
    assert refused.value.retry_after_seconds is not None
    clock.now += refused.value.retry_after_seconds
    assert took(pace, "a")


@given(times=st.integers(1, 100), gaps=st.lists(st.floats(0, 30), max_size=200))
def test_take__any_order__never_twice_as_many_in_a_minute(times: int, gaps: list[float]) -> None:
    clock, taken = Clock(), list[float]()
    pace = RequestPace("calls", times, clock)
    for gap in gaps:
        clock.now += gap
        if took(pace, "a"):
            taken.append(clock.now)
    for first in taken:
        assert sum(first <= at < first + 60 for at in taken) <= 2 * times


def test_take__evenly_over_the_minute__never_refused() -> None:
    clock = Clock()
    pace = RequestPace("calls", 7, clock)
    for _ in range(500):
        assert took(pace, "a")
        clock.now += 60 / 7


def test_take__many_callers__those_that_are_free_again_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_pace, "_REMEMBERED", 10)
    clock = Clock()
    pace = RequestPace("calls", 60, clock)
    assert took(pace, "busy")
    for number in range(100):
        assert took(pace, f"{number}")
        assert took(pace, "busy")
        clock.now += 1
    assert len(pace._free_again) <= 10


def limited(controller: SmallController, **limits: int) -> None:
    """Serve the controller with other limits."""
    made: Services = controller.app.extensions[EXTENSION]
    controller.app = create_app(replace(made, limits=replace(made.limits, **limits)))


def test_challenge__too_many_from_one_address__429_for_every_account(controller: SmallController) -> None:
    provider = controller.provider()
    limited(controller, challenges_a_minute=2)
    wanted = {"address": str(DEVELOPER.address)}
    assert controller.request("POST", "/v1/auth/challenge", wanted).status == 200
    operator = {"operator": str(provider.key.address), "providerId": provider.provider_id}
    assert controller.request("POST", "/v1/provider/challenge", operator).status == 200
    refused = [
        controller.request("POST", "/v1/auth/challenge", {"address": str(STRANGER.address)}),
        controller.request("POST", "/v1/provider/challenge", operator),
    ]
    assert [(reply.status, reply.json()["code"]) for reply in refused] == [(429, "rate-limited")] * 2
    assert all(1 <= int(reply.headers["Retry-After"]) <= 30 for reply in refused)


def test_bundles__too_many_of_one_account__429_and_others_are_served(controller: SmallController) -> None:
    limited(controller, bundles_a_minute=1)
    path = f"/v1/bundles/0x{file_hash(b'code').hex()}"
    assert controller.request("PUT", path, b"code", key=DEVELOPER).status == 204
    refused = controller.request("PUT", path, b"code", key=DEVELOPER)
    assert (refused.status, refused.json()["code"]) == (429, "rate-limited")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert controller.request("PUT", path, b"code", key=STRANGER).status == 204
