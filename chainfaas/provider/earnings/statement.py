"""A provider's statement: a line for each job, and sums that are the chain's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from chainfaas.domain.amounts import TokenAmount
from chainfaas.domain.identifiers import ControllerId, JobId, VersionId
from chainfaas.domain.outcomes import Status
from chainfaas.domain.times import UnixSeconds
from chainfaas.provider.earnings.chain_payments import read_payments
from chainfaas.provider.journal.job_state import JobState
from chainfaas.provider.journal.tables import JOBS

if TYPE_CHECKING:
    from sqlalchemy import Engine, Row

    from chainfaas.domain.identifiers import ProviderId
    from chainfaas.provider.earnings.chain_payments import ChainPayment
    from chainfaas.provider.own_node.chain_watcher import BlockReader

_COLUMNS = (
    "job_id",
    "controller_id",
    "state",
    "status",
    "billed_ms",
    "paid_block",
    "ended_ms",
    "accepted_ms",
)
_VERSION_PATH = "$.assignments[0].assignment.versionId"
_MS_PER_SECOND = 1_000


@dataclass(frozen=True, slots=True)
class Period:
    """A span of time.

    Attributes:
        first: Its first second; none for everything up to the end.
        end: The first second after it; none for everything from the first on.
    """

    first: UnixSeconds | None = None
    end: UnixSeconds | None = None

    def has(self, moment: UnixSeconds) -> bool:
        """Whether a moment is within it."""
        return (self.first is None or moment >= self.first) and (self.end is None or moment < self.end)


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One job.

    Attributes:
        job_id: The job.
        controller_id: Who gave it.
        version_id: What it ran.
        status: How it ended; none while it runs.
        state: How far its payment has come.
        billed_ms: What is charged for.
        payment: What the chain paid; none if it has not.
        at: When it was paid, or else when it ended, or else when it came.
    """

    job_id: JobId
    controller_id: ControllerId
    version_id: VersionId
    status: Status | None
    state: JobState
    billed_ms: int | None
    payment: ChainPayment | None
    at: UnixSeconds


@dataclass(frozen=True, slots=True)
class Sums:
    """What the lines of a statement add up to, in base units; only what the chain has paid counts."""

    jobs: int
    paid_jobs: int
    cost: TokenAmount
    commission: TokenAmount
    paid: TokenAmount


@dataclass(frozen=True, slots=True)
class Statement:
    """A provider's jobs in a span of time, by their time."""

    provider_id: ProviderId
    period: Period
    lines: tuple[StatementLine, ...]

    @property
    def sums(self) -> Sums:
        """What the lines add up to."""
        payments = [line.payment for line in self.lines if line.payment is not None]
        return Sums(
            jobs=len(self.lines),
            paid_jobs=len(payments),
            cost=TokenAmount(sum(payment.cost for payment in payments)),
            commission=TokenAmount(sum(payment.commission for payment in payments)),
            paid=TokenAmount(sum(payment.paid for payment in payments)),
        )


def make_statement(journal: Engine, reader: BlockReader, provider: ProviderId, period: Period) -> Statement:
    """Put a statement together: the jobs are the journal's, the money is the chain's.

    Args:
        journal: The journal's database.
        reader: The own node.
        provider: Whose statement.
        period: Of which time.

    Raises:
        ChainUnreachableError: The own node does not answer, or has not all of the blocks.
    """
    rows = _read_rows(journal)
    blocks = [row.paid_block for row in rows if row.paid_block is not None]
    payments = read_payments(reader, provider, blocks)
    lines = [_line(row, payments.get(JobId(row.job_id))) for row in rows]
    kept = sorted((line for line in lines if period.has(line.at)), key=lambda line: (line.at, line.job_id))
    return Statement(provider, period, tuple(kept))


def _read_rows(journal: Engine) -> list[Row[tuple[object, ...]]]:
    version = func.json_extract(JOBS.c.assigned, _VERSION_PATH).label("version_id")
    with journal.execution_options(reads_only=True).connect() as connection:
        return list(connection.execute(select(version, *(JOBS.c[name] for name in _COLUMNS))))


def _line(row: Row[tuple[object, ...]], payment: ChainPayment | None) -> StatementLine:
    known_ms = row.accepted_ms if row.ended_ms is None else row.ended_ms
    return StatementLine(
        job_id=JobId(row.job_id),
        controller_id=ControllerId(row.controller_id),
        version_id=VersionId(row.version_id),
        status=None if row.status is None else Status(row.status),
        state=JobState(row.state),
        billed_ms=row.billed_ms,
        payment=payment,
        at=UnixSeconds(known_ms // _MS_PER_SECOND) if payment is None else payment.paid_at,
    )
