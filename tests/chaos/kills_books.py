"""What the controller and the chain say of a system's jobs, to be held against each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from chainfaas.chain.event_decoder import ChainEvent
from chainfaas.client.answers import object_members
from chainfaas.client.chain_access import ChainAccess
from chainfaas.client.controller_client import ControllerClient
from chainfaas.domain.identifiers import InvocationId, JobId

ENDS = frozenset(("JobRecorded", "JobSettled", "JobUnfunded", "JobExpired", "JobDeclined"))
PAID = frozenset(("JobRecorded", "JobSettled"))


@dataclass(frozen=True)
class Attempt:
    """A job, as the controller has it."""

    job: JobId
    state: str
    cost: int


def read_attempts(
    client: ControllerClient, invocations: Sequence[InvocationId]
) -> dict[InvocationId, list[Attempt]]:
    """Read the attempts of calls."""

    def read(invocation: InvocationId) -> list[Attempt]:
        jobs = object_members(client.invocation(invocation).document, "jobs")
        return [
            Attempt(JobId(int(str(job["job"]))), str(job["state"]), int(str(job.get("cost", 0))))
            for job in jobs
        ]

    with ThreadPoolExecutor(4) as pool:
        return dict(zip(invocations, pool.map(read, invocations), strict=True))


@dataclass(frozen=True)
class ChainBook:
    """What became of jobs on the chain."""

    events: Sequence[ChainEvent]

    @classmethod
    def read(cls, chain: ChainAccess) -> ChainBook:
        """Read all blocks up to the head."""
        reader = chain.reader
        return cls(reader.read_events_in_range(chain.deployments.first_block, reader.head().number))

    @property
    def ends(self) -> Counter[JobId]:
        """How often each job ended."""
        return Counter(_job(event) for event in self.events if event.name in ENDS)

    @property
    def costs(self) -> dict[JobId, int]:
        """What was paid for each job that was paid."""
        return {_job(event): int(str(event.args["cost"])) for event in self.events if event.name in PAID}

    @property
    def reserves(self) -> dict[JobId, int]:
        """What is reserved for each job that was opened and has not ended."""
        ends = self.ends
        opened = [event for event in self.events if event.name == "JobOpened"]
        return {_job(event): int(str(event.args["reserved"])) for event in opened if not ends[_job(event)]}

    @property
    def paths(self) -> set[str]:
        """The ways that jobs were paid."""
        return {event.name for event in self.events if event.name in PAID}


def _job(event: ChainEvent) -> JobId:
    return JobId(int(str(event.args["jobId"])))
