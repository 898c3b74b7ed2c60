from __future__ import annotations

from dataclasses import replace

from chainfaas.domain.identifiers import VersionId
from chainfaas.domain.wire.polls import ReadyVersion
from tests.fake_provider import FakeProvider
from tests.unit.controller.small_controller import VERSION, SmallController


def depth(controller: SmallController, provider: FakeProvider, version: VersionId = VERSION) -> int | None:
    seat = controller.state.seats[provider.provider_id]
    known = next(each for each in controller.view.providers() if each.provider_id == provider.provider_id)
    return seat.candidate(known.offer, version, 0.0).ready_depth


def test_candidate__jobs_since_its_poll__each_takes_a_sandbox(controller: SmallController) -> None:
    provider = controller.provider()
    provider.ready = (VERSION,)
    provider.poll()
    seat = controller.state.seats[provider.provider_id]
    assert seat.poll is not None
    seat.poll = replace(seat.poll, ready=(ReadyVersion(VERSION, 2),))
    assert (depth(controller, provider), depth(controller, provider, VersionId(9))) == (2, None)
    for left in (1, 0, 0):
        controller.invoke(Prefer="respond-async")
        assert depth(controller, provider) == left
    # The next poll tells anew what stands ready, beside the jobs that it names.
    provider.poll()
    provider.poll()
    assert depth(controller, provider) == 1
