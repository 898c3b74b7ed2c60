"""How providers did lately, as the chain has it: what a new process of a controller begins with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from chainfaas.controller.storage.schema import CHAIN
from chainfaas.domain.identifiers import ProviderId
from chainfaas.domain.job_states import JobState
from chainfaas.domain.outcomes import Status

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

    from chainfaas.domain.identifiers import ControllerId

LATE_JOBS = 2_000
"""Jobs that are looked at, of all providers together."""


def late_ends(connection: Connection, controller: ControllerId) -> list[tuple[ProviderId, bool]]:
    """Return of a controller's latest jobs whose provider each was, and whether it brought it to an end.

    Other controllers' jobs do not count: somebody who keeps one could make up as many as it likes. Nor do
    those that were given back, which may have been for want of room, and those that nobody paid for.

    Args:
        connection: A connection.
        controller: Whose jobs.

    Returns:
        The jobs that say something of their providers, the oldest first.
    """
    columns = CHAIN.jobs.c
    query = (
        select(columns.provider_id, columns.state, columns.status)
        .where(columns.controller_id == controller, columns.ended_block.is_not(None))
        .order_by(columns.ended_block.desc(), columns.job_id.desc())
        .limit(LATE_JOBS)
    )
    rows = connection.execute(query).all()
    return [
        (ProviderId(row.provider_id), is_good)
        for row in reversed(rows)
        if (is_good := _judged(row)) is not None
    ]


def _judged(row: Row[tuple[int, str, int | None]]) -> bool | None:
    state, status = JobState(row.state), row.status
    if state is JobState.EXPIRED:
        return False
    if state not in (JobState.SETTLED, JobState.RECORDED) or status is None or status == Status.DECLINED:
        return None
    return Status(status).is_final
