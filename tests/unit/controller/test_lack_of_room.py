from __future__ import annotations

import pytest

from chainfaas.controller.dispatch.provider_seat import ProviderSeat
from chainfaas.domain.amounts import BaseFee, Price
from chainfaas.domain.identifiers import JobId, ProviderId, VersionId
from chainfaas.domain.outcomes import NO_ROOM, Status
from chainfaas.domain.prices import Offer
from chainfaas.domain.wire.polls import Capacity, Poll
from tests.fake_provider import FakeProvider, Ran
from tests.unit.controller.hand_written_index import DEVELOPER
from tests.unit.controller.small_controller import SmallController

FULL = Ran(Status.DECLINED, b"", reason=f"{NO_ROOM}: No room for it at the moment.")


def decline_first(controller: SmallController, provider: FakeProvider) -> str:
    """Have a provider decline a call for lack of room; returns where the call's answer will be."""
    provider.poll()
    place = controller.invoke(Prefer="respond-async").headers["Location"]
    provider.poll(5_000)
    [job] = provider.running
    assert provider.report(job, FULL).is_taken
    return place


def state_of_call(controller: SmallController, place: str) -> str:
    return str(controller.request("GET", place, key=DEVELOPER, Prefer="wait=10").json()["state"])


def test_report__declined_for_lack_of_room__waits_and_same_provider_again(
    controller: SmallController,
) -> None:
    provider = controller.provider()
    place = decline_first(controller, provider)
    assert (len(controller.state.queue), len(controller.state.jobs)) == (1, 0)
    provider.run_one()
    assert state_of_call(controller, place) == "succeeded"
    assert controller.state.seats[provider.provider_id].success_rate == 1.0


def test_report__declined_for_lack_of_room__poll_that_waits_is_answered(controller: SmallController) -> None:
    provider = controller.provider()
    provider.poll()
    controller.invoke(Prefer="respond-async")
    provider.poll(5_000)
    [job] = provider.running
    waiting = controller.polling(provider, 30_000)
    assert provider.report(job, FULL).is_taken
    assert waiting.result(5).assignments == ()


def test_restart__declined_for_lack_of_room_before__same_provider_again(controller: SmallController) -> None:
    provider = controller.provider()
    place = decline_first(controller, provider)
    controller.restart()
    provider.run_one()
    assert state_of_call(controller, place) == "succeeded"


@pytest.mark.parametrize("reason", ["no-rooms: What is that?", "draining: The provider is stopping.", ""])
def test_report__declined_for_another_reason__not_again(controller: SmallController, reason: str) -> None:
    provider = controller.provider()
    provider.poll()
    place = controller.invoke(Prefer="respond-async").headers["Location"]
    provider.poll(5_000)
    [job] = provider.running
    assert provider.report(job, Ran(Status.DECLINED, b"", reason=reason)).is_taken
    assert state_of_call(controller, place) == "failed"


def test_report__declined_for_lack_of_room_every_time__given_up_as_busy(controller: SmallController) -> None:
    provider, declined = controller.provider(), set[JobId]()
    place = decline_first(controller, provider)
    for _ in range(controller.settings.max_attempts - 1):
        declined.add(provider.run_one(FULL))
    shown = controller.request("GET", place, key=DEVELOPER, Prefer="wait=10").json()
    assert (shown["state"], shown["problem"]["code"]) == ("failed", "busy")
    assert len(declined) == controller.settings.max_attempts - 1


def test_candidate__it_names_jobs_that_were_taken_from_it__their_places_not_free() -> None:
    seat = ProviderSeat(ProviderId(1), heard_seconds=0.0)
    seat.hear(Poll(0, Capacity(0, 0, 0), (), (JobId(1), JobId(2)), draining=False), 0.0)
    candidate = seat.candidate(Offer(BaseFee(1), Price(1)), VersionId(1), 0.0)
    assert (candidate.free_jobs, candidate.free_memory_mib) == (0, 0)
