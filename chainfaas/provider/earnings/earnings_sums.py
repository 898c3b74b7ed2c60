"""What a provider's work has brought and may still bring, by how far its payment has come."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from chainfaas.domain.amounts import TokenAmount
from chainfaas.domain.prices import split_gross
from chainfaas.provider.journal.job_state import OWED_STATES, JobState
from chainfaas.provider.journal.tables import JOBS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Engine, Row

_PAID_STATES = (JobState.COUNTERSIGNED, JobState.CLAIMED, JobState.PAID)
_NOTHING = TokenAmount(0)


@dataclass(frozen=True, slots=True)
class Part:
    """Some jobs, and what they cost together, in base units, commission included."""

    jobs: int = 0
    amount: TokenAmount = _NOTHING

    def plus(self, amount: int) -> Part:
        """Return the part with one job more.

        Args:
            amount: What that costs.
        """
        return Part(self.jobs + 1, TokenAmount(self.amount + amount))


@dataclass(frozen=True, slots=True)
class Earnings:
    """All work by how far its payment has come.

    Attributes:
        paid_claims: By transaction, what a block shows paid.
        under_way: Claims that no block shows yet.
        unclaimed: Counter-signed by the controller, and not claimed yet.
        unconfirmed: Not counter-signed yet; the most that it can cost.
    """

    paid_claims: dict[bytes, Part]
    under_way: Part
    unclaimed: Part
    unconfirmed: Part

    @property
    def paid(self) -> Part:
        """What is paid, commission included."""
        claims = self.paid_claims.values()
        return Part(sum(part.jobs for part in claims), TokenAmount(sum(part.amount for part in claims)))

    def paid_net(self, commission_bps: int) -> TokenAmount:
        """Return what the provider got of it; each claim's commission is rounded once.

        Args:
            commission_bps: The network's commission, in basis points.
        """
        claims = self.paid_claims.values()
        return TokenAmount(sum(split_gross(part.amount, commission_bps).provider for part in claims))

    @property
    def is_all_paid(self) -> bool:
        """Whether no work waits for its payment."""
        return not (self.under_way.jobs or self.unclaimed.jobs or self.unconfirmed.jobs)


def read_earnings(journal: Engine) -> Earnings:
    """Add up a journal's jobs.

    Args:
        journal: The journal's database.
    """
    query = select(JOBS.c.state, JOBS.c.reserved, JOBS.c.cost, JOBS.c.paid_amount, JOBS.c.paid_tx).where(
        JOBS.c.state.in_((*OWED_STATES, JobState.PAID))
    )
    with journal.execution_options(reads_only=True).connect() as connection:
        return _added_up(connection.execute(query))


def _added_up(rows: Iterable[Row[tuple[object, ...]]]) -> Earnings:
    claims: defaultdict[bytes, Part] = defaultdict(Part)
    open_parts: defaultdict[JobState, Part] = defaultdict(Part)
    for row in rows:
        state = JobState(row.state)
        if row.paid_tx is not None and state in _PAID_STATES:
            claims[row.paid_tx] = claims[row.paid_tx].plus(row.paid_amount)
        else:
            open_parts[state] = open_parts[state].plus(row.reserved if row.cost is None else row.cost)
    accepted, reported = open_parts[JobState.ACCEPTED], open_parts[JobState.REPORTED]
    return Earnings(
        paid_claims=dict(claims),
        under_way=open_parts[JobState.CLAIMED],
        unclaimed=open_parts[JobState.COUNTERSIGNED],
        unconfirmed=Part(accepted.jobs + reported.jobs, TokenAmount(accepted.amount + reported.amount)),
    )
