"""What the records add up to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from chainfaas.domain.amounts import TokenAmount
from chainfaas.domain.identifiers import ControllerId
from chainfaas.provider.journal.job_journal import LISTED_COLUMNS
from chainfaas.provider.journal.job_record import JobRecord, record_of_row
from chainfaas.provider.journal.job_state import OWED_STATES, JobState
from chainfaas.provider.journal.tables import JOBS

if TYPE_CHECKING:
    from sqlalchemy import Engine


class JobSums:
    """Reads alone. Any thread may use it."""

    def __init__(self, engine: Engine) -> None:
        """Use a journal's database."""
        self._reader = engine.execution_options(reads_only=True)

    def latest(self, limit: int) -> list[JobRecord]:
        """Read the records of the jobs that came last, latest first."""
        query = select(*LISTED_COLUMNS).order_by(JOBS.c.accepted_ms.desc(), JOBS.c.job_id.desc())
        with self._reader.connect() as connection:
            return [record_of_row(row) for row in connection.execute(query.limit(limit))]

    def owed(self) -> dict[ControllerId, TokenAmount]:
        """Add up by controller what work may still cost it that no block shows paid."""
        sums: dict[ControllerId, int] = {}
        query = select(JOBS.c.controller_id, JOBS.c.reserved, JOBS.c.cost).where(
            JOBS.c.state.in_(OWED_STATES), JOBS.c.paid_block.is_(None)
        )
        with self._reader.connect() as connection:
            for controller, reserved, cost in connection.execute(query):
                sums[controller] = sums.get(controller, 0) + (reserved if cost is None else cost)
        return {ControllerId(controller): TokenAmount(total) for controller, total in sums.items()}

    def earned(self) -> TokenAmount:
        """Add up what the chain says that the paid jobs cost, commission included."""
        query = select(JOBS.c.paid_amount).where(
            JOBS.c.state.in_((JobState.CLAIMED, JobState.COUNTERSIGNED, JobState.PAID)),
            JOBS.c.paid_block.is_not(None),
        )
        with self._reader.connect() as connection:
            return TokenAmount(sum(connection.execute(query).scalars()))

    def counts(self) -> dict[JobState, int]:
        """Count the jobs by state."""
        query = select(JOBS.c.state, func.count()).group_by(JOBS.c.state)
        with self._reader.connect() as connection:
            return {JobState(row[0]): row[1] for row in connection.execute(query)}
