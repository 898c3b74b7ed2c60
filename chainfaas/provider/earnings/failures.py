"""Jobs that brought less than they should have, counted by why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select

from chainfaas.domain.outcomes import Status
from chainfaas.provider.journal.job_state import JobState
from chainfaas.provider.journal.tables import JOBS

if TYPE_CHECKING:
    from sqlalchemy import Engine


@dataclass(frozen=True, slots=True)
class Failure:
    """Jobs that failed in the same way.

    Attributes:
        jobs: How many.
        state: How far their payment came.
        status: How they ended; none where that is not known.
        reason: Why, for people. A controller may have put words into it.
        last_ms: When the latest of them came, Unix milliseconds.
    """

    jobs: int
    state: JobState
    status: Status | None
    reason: str
    last_ms: int


def read_failures(journal: Engine, limit: int) -> list[Failure]:
    """Count the jobs that did not succeed, or were not paid, by how and why, the most frequent first.

    Args:
        journal: The journal's database.
        limit: At most so many kinds.
    """
    how = (JOBS.c.state, JOBS.c.status, JOBS.c.reason)
    count, last = func.count(), func.max(JOBS.c.accepted_ms)
    query = (
        select(count, *how, last)
        .where(
            or_(
                JOBS.c.status != Status.SUCCEEDED.value,
                JOBS.c.state.in_((JobState.REFUSED, JobState.UNPAID)),
            )
        )
        .group_by(*how)
        .order_by(count.desc(), last.desc())
        .limit(limit)
    )
    with journal.execution_options(reads_only=True).connect() as connection:
        return [
            Failure(jobs, JobState(state), None if status is None else Status(status), reason, last_ms)
            for jobs, state, status, reason, last_ms in connection.execute(query)
        ]
