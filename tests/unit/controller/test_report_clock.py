"""The controller's own clock says until when a report counts, and what time is paid for at most."""

from __future__ import annotations

import math
import time

from chainfaas.domain.identifiers import JobId
from tests.fake_provider import FakeProvider, Ran
from tests.unit.controller.small_controller import SmallController

LEASE_SECONDS = 10


def given(controller: SmallController, provider: FakeProvider) -> JobId:
    """One job that the provider has."""
    provider.poll()
    assert controller.invoke(Prefer="respond-async").status == 202
    provider.poll(5_000)
    [job] = provider.running
    return job


def test_report__lease_over_and_nobody_has_noticed__409(controller: SmallController) -> None:
    provider = controller.provider()
    job = given(controller, provider)
    controller.clock.ahead_seconds += LEASE_SECONDS + 1
    late = provider.report(job)
    assert (late.status, late.problem and late.problem.code) == (409, "lease-ended")


def test_report__claims_more_time_than_passed__billed_by_the_controllers_clock(
    controller: SmallController,
) -> None:
    provider = controller.provider()
    begun_seconds = time.monotonic()
    job = given(controller, provider)
    taken = provider.report(job, Ran(run_ms=1_900))
    passed_ms = math.ceil(1_000 * (time.monotonic() - begun_seconds))
    assert taken.record is not None
    assert taken.record.billed_ms <= passed_ms
