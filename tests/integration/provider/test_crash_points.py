"""The daemon dies at each of its points; another one starts, and every job still has exactly one end."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from chainfaas.chain.event_decoder import EventDecoder
from chainfaas.chain.event_reader import EventReader
from chainfaas.chain.known_contracts import known_contracts
from chainfaas.chain.node.waiting import wait_until
from chainfaas.domain.identifiers import JobId
from chainfaas.provider.crash_points import ProviderPoint
from chainfaas.provider.journal.job_journal import JobJournal
from chainfaas.provider.journal.job_state import OWED_STATES, JobState
from chainfaas.provider.journal.journal_file import read_journal
from tests.integration.deployed_network import DeployedNetwork
from tests.integration.provider.daemon_nursery import Nursery
from tests.integration.provider.provider_world import ProviderWorld, provider_world

LONG = b"x" * 100_000
ENDS = ("JobRecorded", "JobSettled", "JobUnfunded", "JobExpired", "JobDeclined")


@pytest.fixture(scope="module")
def crash_world(
    deployed_on_demand: DeployedNetwork, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ProviderWorld]:
    with provider_world(deployed_on_demand, tmp_path_factory.mktemp("crashing")) as made:
        yield made


@pytest.fixture(scope="module")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    made = Nursery(tmp_path_factory.mktemp("nursery") / "daemons.log")
    yield made
    made.close()


def ends_on_chain(world: ProviderWorld, first_block: int, jobs: list[JobId]) -> Counter[JobId]:
    deployments = world.deployed.deployments
    decoder = EventDecoder(known_contracts(deployments))
    reader = EventReader(world.deployed.web3, deployments.chain_id, decoder)
    events = reader.read_events_in_range(first_block, reader.head().number)
    found = [JobId(int(str(event.args["jobId"]))) for event in events if event.name in ENDS]
    return Counter(job for job in found if job in jobs)


def owed_jobs(journal: JobJournal) -> list[JobId]:
    """Jobs that no block shows paid; where blocks are sealed on demand, the last ones never become final."""
    owed = [record for state in OWED_STATES for record in journal.in_state(state)]
    return [record.job_id for record in owed if record.payment is None]


def journal_has_paid(journal: JobJournal, job: JobId) -> bool:
    seen = [*journal.in_state(JobState.PAID), *journal.in_state(JobState.CLAIMED)]
    return any(record.job_id == job and record.payment is not None for record in seen)


def give_up_what_was_lost(world: ProviderWorld, jobs: list[JobId]) -> None:
    """Do what a controller does after a lease: what the provider does not hold is another's."""
    fake = world.controller
    seen = len(fake.polls)
    fake.wait_for(lambda: len(fake.polls) > seen + 1)
    held = set(fake.polls[-1].running)
    fake.ended_leases |= {job for job in jobs if fake.jobs[job].result is None and job not in held}


@pytest.mark.parametrize("point", ProviderPoint)
def test_daemon__killed_at_a_point__each_job_ends_once(
    crash_world: ProviderWorld, nursery: Nursery, point: ProviderPoint
) -> None:
    fake, folder = crash_world.controller, crash_world.folder
    first_block = crash_world.deployed.web3.eth.block_number
    doomed = nursery.start(folder, point)
    jobs = fake.assign_batch(crash_world.wanted, [b"short", LONG])
    assert nursery.wait(doomed) == -signal.SIGKILL
    survivor = nursery.start(folder)
    try:
        give_up_what_was_lost(crash_world, jobs)
        fake.wait_for(lambda: all(fake.jobs[job].result or job in fake.ended_leases for job in jobs))
        journal = JobJournal(read_journal(folder))
        assert wait_until(lambda: not owed_jobs(journal), time.monotonic() + 30), nursery.log.read_text()[
            -4_000:
        ]
        ends = ends_on_chain(crash_world, first_block, jobs)
        assert set(ends.values()) <= {1}
        assert {job for job in jobs if journal_has_paid(journal, job)} <= set(ends)
    finally:
        os.kill(survivor, signal.SIGTERM)
        assert nursery.wait(survivor) == 0
