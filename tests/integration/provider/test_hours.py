"""A daemon outside its hours: it says so to the controller, and gives back what comes all the same."""

from __future__ import annotations

from datetime import datetime, timedelta

from chainfaas.provider.journal.job_state import JobState
from tests.integration.provider.conftest import RunDaemon
from tests.integration.provider.provider_world import ProviderWorld


def hours_from_now(first: int, end: int) -> str:
    now = datetime.now()  # noqa: DTZ005 - the machine's own time is what counts
    return "-".join((now + timedelta(hours=hours)).strftime("%H:%M") for hours in (first, end))


def test_daemon__outside_its_hours__says_so_and_gives_jobs_back(
    world: ProviderWorld, run_daemon: RunDaemon
) -> None:
    fake = world.controller
    with run_daemon(hours=hours_from_now(6, 12)):
        fake.wait_for(lambda: bool(fake.polls) and fake.polls[-1].draining)
        (job,) = fake.assign_batch(world.wanted, [b"at a bad time"])
        record = world.wait_for_state(job, JobState.FREE)
    assert record.reason.startswith("schedule: ")


def test_daemon__within_its_hours__works(world: ProviderWorld, run_daemon: RunDaemon) -> None:
    fake = world.controller
    with run_daemon(hours=hours_from_now(-6, 6)):
        (job,) = fake.assign_batch(world.wanted, [b"at a good time"])
        world.wait_for_payment(job)
