"""What was promised of each escrow and is not on the chain yet."""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainfaas.domain.amounts import TokenAmount

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chainfaas.domain.identifiers import Address, JobId


@dataclass(frozen=True, slots=True)
class Promise:
    """What one job can take of an escrow.

    Attributes:
        job_id: The job.
        developer: Whose escrow.
        amount: The most that it can cost, in base units.
        until_seconds: Unix seconds after which the chain takes the job no more.
    """

    job_id: JobId
    developer: Address
    amount: TokenAmount
    until_seconds: int


@dataclass(frozen=True, slots=True)
class Promised:
    """All promises of one escrow together.

    Attributes:
        amount: Their sum, in base units.
        until_seconds: When the last of them ends at the latest; 0 without any.
    """

    amount: TokenAmount
    until_seconds: int


class PromiseBook:
    """Counts promises from the moment at which a job is assigned until the chain shows it."""

    def __init__(self) -> None:
        """Begin without promises."""
        self._lock = threading.Lock()
        self._by_developer: dict[Address, dict[JobId, Promise]] = defaultdict(dict)
        self._developer_of: dict[JobId, Address] = {}

    def add(self, promise: Promise) -> None:
        """Count a promise; again only once.

        Args:
            promise: The promise.
        """
        with self._lock:
            self._by_developer[promise.developer][promise.job_id] = promise
            self._developer_of[promise.job_id] = promise.developer

    def release(self, jobs: Iterable[JobId]) -> None:
        """Stop counting jobs that the chain shows, or will never see.

        Args:
            jobs: The jobs; unknown ones do no harm.
        """
        with self._lock:
            for job in jobs:
                developer = self._developer_of.pop(job, None)
                if developer is not None:
                    self._by_developer[developer].pop(job, None)

    def promised(self, developer: Address, now_seconds: int) -> Promised:
        """Return what is promised of an escrow.

        Args:
            developer: Whose.
            now_seconds: Unix seconds; promises that ended before do not count.
        """
        with self._lock:
            live = [
                each
                for each in self._by_developer.get(developer, {}).values()
                if each.until_seconds >= now_seconds
            ]
        return Promised(
            TokenAmount(sum(each.amount for each in live)),
            max((each.until_seconds for each in live), default=0),
        )

    def replace(self, promises: Iterable[Promise]) -> None:
        """Count exactly these from now on.

        Args:
            promises: What the database says.
        """
        with self._lock:
            self._by_developer.clear()
            self._developer_of.clear()
            for each in promises:
                self._by_developer[each.developer][each.job_id] = each
                self._developer_of[each.job_id] = each.developer
