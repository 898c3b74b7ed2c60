"""What the ledger writer looks at: our batches and jobs beside what the chain shows of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from chainfaas.controller.storage.batch_rows import BatchRow, batches_in, read_batches
from chainfaas.controller.storage.job_rows import JobRow, jobs_of_batches
from chainfaas.controller.storage.schema import CHAIN, PRIVATE
from chainfaas.controller.storage.states import AttemptState, BatchState
from chainfaas.domain.amounts import TokenAmount
from chainfaas.domain.identifiers import BatchId, JobId
from chainfaas.domain.job_states import JobState
from chainfaas.domain.masks import Mask, mask_of_indices

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from chainfaas.domain.identifiers import Address


@dataclass(frozen=True, slots=True)
class ChainJob:
    """A job as the chain shows it.

    Attributes:
        state: Where it stands in the ledger.
        ended_block: Block in which it came to its end.
    """

    state: JobState
    ended_block: int | None


@dataclass(frozen=True, slots=True)
class BatchOnLedger:
    """A batch of ours and what the chain shows of it.

    Attributes:
        row: The batch.
        jobs: Its jobs, by rising number, without those that were never handed out.
        is_used: Whether its number was opened or recorded.
        chain: Its jobs on the chain.
    """

    row: BatchRow
    jobs: Sequence[JobRow]
    is_used: bool
    chain: Mapping[JobId, ChainJob]

    @property
    def open_jobs(self) -> Mask:
        """The indices that are open on the chain."""
        return mask_of_indices(
            job.index
            for job in self.jobs
            if job.job_id in self.chain and self.chain[job.job_id].state is JobState.OPEN
        )

    @property
    def have_all_ended(self) -> bool:
        """Whether there is a record for every job."""
        return all(job.state is AttemptState.ENDED for job in self.jobs)

    def are_final(self, last_final_block: int) -> bool:
        """Whether the chain shows an end of every job that nobody can take back.

        Args:
            last_final_block: Height of the last block that stays.
        """
        shown = [self.chain.get(job.job_id) for job in self.jobs]
        return all(
            each is not None
            and each.state.is_final
            and each.ended_block is not None
            and each.ended_block <= last_final_block
            for each in shown
        )


@dataclass(frozen=True, slots=True)
class PromisedJob:
    """A job that the chain does not show yet.

    Attributes:
        job_id: The job.
        developer: Whose escrow pays.
        unit: The most that it can cost, in base units.
        deadline: Of its batch, in Unix seconds.
    """

    job_id: JobId
    developer: Address
    unit: TokenAmount
    deadline: int


def unfinished_batches(connection: Connection) -> list[BatchOnLedger]:
    """Return every batch that is closed and of which something may still happen.

    Args:
        connection: A connection.
    """
    return _on_ledger(connection, batches_in(connection, (BatchState.CLOSED, BatchState.OPENING)))


def batches_on_ledger(connection: Connection, batches: Sequence[BatchId]) -> list[BatchOnLedger]:
    """Return some batches.

    Args:
        connection: A connection.
        batches: Their numbers.
    """
    return _on_ledger(connection, read_batches(connection, batches))


def promised_jobs(connection: Connection, least_deadline: int) -> list[PromisedJob]:
    """Return the jobs that may yet take something of an escrow and that the chain does not show.

    Args:
        connection: A connection.
        least_deadline: Unix seconds; batches with an earlier deadline are of no interest.
    """
    jobs, batches, chain = PRIVATE.jobs.c, PRIVATE.batches.c, CHAIN.jobs.c
    query = (
        select(jobs.job_id, jobs.developer, jobs.unit, batches.deadline)
        .join(PRIVATE.batches, batches.batch_id == jobs.batch_id)
        .outerjoin(CHAIN.jobs, chain.job_id == jobs.job_id)
        .where(
            batches.state != BatchState.DONE,
            batches.deadline >= least_deadline,
            jobs.state != AttemptState.WITHDRAWN,
            chain.job_id.is_(None),
        )
    )
    return [
        PromisedJob(JobId(row.job_id), row.developer, TokenAmount(row.unit), row.deadline)
        for row in connection.execute(query)
    ]


def _on_ledger(connection: Connection, rows: Sequence[BatchRow]) -> list[BatchOnLedger]:
    numbers = [row.batch_id for row in rows]
    used = _used(connection, numbers)
    chain = _chain_jobs(connection, numbers)
    jobs: dict[BatchId, list[JobRow]] = {number: [] for number in numbers}
    for job in jobs_of_batches(connection, numbers):
        if job.state is not AttemptState.WITHDRAWN:
            jobs[job.batch_id].append(job)
    return [
        BatchOnLedger(
            row,
            jobs[row.batch_id],
            row.batch_id in used,
            {job.job_id: chain[job.job_id] for job in jobs[row.batch_id] if job.job_id in chain},
        )
        for row in rows
    ]


def _used(connection: Connection, batches: Iterable[BatchId]) -> set[int]:
    column = CHAIN.batches.c.batch_id
    return set(connection.execute(select(column).where(column.in_(tuple(batches)))).scalars())


def _chain_jobs(connection: Connection, batches: Iterable[BatchId]) -> dict[JobId, ChainJob]:
    columns = CHAIN.jobs.c
    query = select(columns.job_id, columns.state, columns.ended_block).where(
        columns.batch_id.in_(tuple(batches))
    )
    return {
        JobId(row.job_id): ChainJob(JobState(row.state), row.ended_block) for row in connection.execute(query)
    }
