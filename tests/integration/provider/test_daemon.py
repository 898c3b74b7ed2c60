from __future__ import annotations

import time

from chainfaas.chain.node.waiting import wait_until
from chainfaas.domain.outcomes import Status
from tests.integration.provider.conftest import RunDaemon
from tests.integration.provider.provider_world import ProviderWorld


def test_daemon__batch_of_jobs__run_reported_and_paid_on_the_fast_path(
    world: ProviderWorld, run_daemon: RunDaemon
) -> None:
    fake = world.controller
    with run_daemon():
        jobs = fake.assign_batch(world.wanted, [b"one", b"two", b"x" * 100_000])
        done = fake.wait_for_reports(jobs)
        assert [job.output for job in done] == [b"one", b"two", b"x" * 100_000]
        assert {job.report.receipt.status for job in done if job.report is not None} == {Status.SUCCEEDED}
        assert wait_until(lambda: world.earned() > 0, time.monotonic() + 20)
