"""The batches that are being filled: one for each provider and lane."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chainfaas.controller.storage.batch_rows import BatchRow
from chainfaas.controller.storage.states import BatchState, Lane
from chainfaas.domain.identifiers import INDEX_BITS, MAX_BATCH_JOBS, BatchId, JobId, compose_job_id
from chainfaas.domain.times import unix_seconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from chainfaas.controller.ledger_writer.batch_numbers import BatchNumbers
    from chainfaas.domain.identifiers import ProviderId
    from chainfaas.domain.prices import Offer
    from chainfaas.domain.windows import Windows

SLACK_SECONDS = 30
"""What a deadline leaves for the way to the chain unless a setting says otherwise."""

CLOSING_SECONDS = 0.25
"""How long before a block the batches of the fast path are begun anew.

A provider claims shortly before the block, and only whole batches: by then, most of what was in one before
this moment has ended. A batch that ran on until the block would always be paid one block later.
"""


@dataclass(frozen=True, slots=True)
class FillingRules:
    """What decides when a batch ends.

    Attributes:
        windows: The network's.
        lease_seconds: How long a provider keeps a job without being heard.
        seals_on_demand: Whether a block is sealed whenever there is a transaction.
        seconds_to_next: When the next block is due; ``None`` where that is not known.
        slack_seconds: What a deadline leaves for the way to the chain, beside twice the age at opening.
    """

    windows: Windows
    lease_seconds: float
    seals_on_demand: bool
    seconds_to_next: Callable[[], float | None] = lambda: None
    slack_seconds: int = SLACK_SECONDS


@dataclass(frozen=True, slots=True)
class WantedPlace:
    """A job that needs a place in a batch.

    Attributes:
        provider_id: Who is to run it.
        offer: At which price.
        lane: Which way it is to take.
        timeout_ms: How long it may run.
    """

    provider_id: ProviderId
    offer: Offer
    lane: Lane
    timeout_ms: int


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a batch.

    Attributes:
        job_id: The job's number from now on.
        batch: Its batch.
        is_first: Whether the batch was begun with it.
    """

    job_id: JobId
    batch: BatchRow
    is_first: bool


@dataclass(slots=True)
class _Filling:
    batch: BatchRow
    offer: Offer
    jobs: int = 0
    running: set[JobId] = field(default_factory=set)


class BatchFiller:
    """Gives jobs their places.

    Whoever uses it holds one lock around all of its methods, and around the write of the job that follows
    `join`: what reads a closed batch after that lock was free finds every job of it.
    """

    def __init__(self, numbers: BatchNumbers, rules: FillingRules) -> None:
        """Begin without batches.

        Args:
            numbers: Where batch numbers come from.
            rules: When a batch ends.
        """
        self._numbers = numbers
        self._rules = rules
        self._filling: dict[tuple[ProviderId, Lane], _Filling] = {}
        self._closed: list[tuple[BatchId, Lane]] = []

    def join(self, wanted: WantedPlace, now_ms: int) -> Place:
        """Give a job its place, in the batch that is being filled if it fits, else in a new one.

        Args:
            wanted: The job.
            now_ms: Unix milliseconds.

        Returns:
            The place, which is never given again.
        """
        key = (wanted.provider_id, wanted.lane)
        filling = self._filling.get(key)
        if filling is not None and not self._fits(filling, wanted, now_ms):
            self._close(key)
            filling = None
        is_first = filling is None
        if filling is None:
            filling = self._filling[key] = _Filling(self._begin(wanted, now_ms), wanted.offer)
        job = compose_job_id(filling.batch.batch_id, filling.jobs)
        filling.jobs += 1
        filling.running.add(job)
        if filling.jobs == MAX_BATCH_JOBS:
            self._close(key)
        return Place(job, filling.batch, is_first)

    def job_ended(self, job: JobId) -> None:
        """Take note that a job no longer runs.

        Args:
            job: The job.
        """
        batch = job >> INDEX_BITS
        for key, filling in self._filling.items():
            if filling.batch.batch_id == batch:
                filling.running.discard(job)
                if self._rules.seals_on_demand and not filling.running:
                    self._close(key)
                return

    @property
    def has_to_open(self) -> bool:
        """Whether one of the batches that `take_closed` has not given out yet is to be opened."""
        return any(lane is Lane.OPENED for _, lane in self._closed)

    def close_for_claim(self, provider: ProviderId) -> None:
        """Close the batch that a provider can be paid for without an opening, if no job of it runs.

        Args:
            provider: Who is about to claim.
        """
        key = (provider, Lane.FAST)
        filling = self._filling.get(key)
        if filling is not None and not filling.running:
            self._close(key)

    def close_before(self, now_ms: int) -> None:
        """Close the batches that were begun before a block; called with each new head.

        Those that were begun for the next block already are left.

        Args:
            now_ms: Unix milliseconds.
        """
        spared_ms = 0 if self._rules.seconds_to_next() is None else round(CLOSING_SECONDS * 1_000)
        for key, filling in list(self._filling.items()):
            # Where blocks come on demand, one comes with every claim; a batch then closes when it is quiet.
            is_busy = self._rules.seals_on_demand and bool(filling.running)
            least_ms = now_ms - (spared_ms if filling.batch.lane is Lane.FAST else 0)
            if not is_busy and filling.batch.begun_at_ms < least_ms:
                self._close(key)

    def close_older_than(self, begun_before_ms: int) -> None:
        """Close the batches that were begun before a moment.

        Args:
            begun_before_ms: Unix milliseconds.
        """
        for key, filling in list(self._filling.items()):
            if filling.batch.begun_at_ms < begun_before_ms:
                self._close(key)

    def take_closed(self) -> list[BatchId]:
        """Return the batches that were closed since the last call."""
        closed, self._closed = self._closed, []
        return [batch for batch, _ in closed]

    def _close(self, key: tuple[ProviderId, Lane]) -> None:
        self._closed.append((self._filling.pop(key).batch.batch_id, key[1]))

    def _fits(self, filling: _Filling, wanted: WantedPlace, now_ms: int) -> bool:
        return (
            filling.offer == wanted.offer
            and self._end_ms(wanted, now_ms) <= filling.batch.deadline * 1_000
            and not self._is_closing(filling.batch, now_ms)
        )

    def _is_closing(self, batch: BatchRow, now_ms: int) -> bool:
        to_next = self._rules.seconds_to_next()
        if batch.lane is not Lane.FAST or to_next is None or to_next > CLOSING_SECONDS:
            return False
        return batch.begun_at_ms < now_ms - round((CLOSING_SECONDS - to_next) * 1_000)

    def _begin(self, wanted: WantedPlace, now_ms: int) -> BatchRow:
        windows = self._rules.windows
        # Room for jobs that join later and the opening; a grace below the longest life, since the chain's
        # clock may be behind ours.
        slack_seconds = 2 * windows.open_age_seconds + self._rules.slack_seconds
        wished = self._end_ms(wanted, now_ms) // 1_000 + slack_seconds
        latest = now_ms // 1_000 + windows.job_life_seconds - windows.grace_seconds
        return BatchRow(
            batch_id=self._numbers.take(),
            provider_id=wanted.provider_id,
            lane=wanted.lane,
            base_fee=wanted.offer.base_fee,
            price=wanted.offer.price,
            deadline=unix_seconds(min(wished, latest)),
            state=BatchState.FILLING,
            begun_at_ms=now_ms,
        )

    def _end_ms(self, wanted: WantedPlace, now_ms: int) -> int:
        return now_ms + wanted.timeout_ms + int(self._rules.lease_seconds * 1_000)
