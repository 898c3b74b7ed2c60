"""What was promised of each escrow and is not on the chain yet."""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import dataclass, field
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


@dataclass(slots=True)
class _Account:
    amount: int = 0
    until_seconds: int = 0
    jobs: dict[JobId, TokenAmount] = field(default_factory=dict)

    def add(self, promise: Promise) -> None:
        self.amount += promise.amount - self.jobs.get(promise.job_id, 0)
        self.jobs[promise.job_id] = promise.amount
        self.until_seconds = max(self.until_seconds, promise.until_seconds)

    def release(self, job: JobId) -> None:
        self.amount -= self.jobs.pop(job, 0)
        if not self.jobs:
            self.until_seconds = 0


class PromiseBook:
    """Counts promises from the moment at which a job is assigned until the chain shows it.

    Adding up is done as they come and go, since every call asks. What the chain will never see is noticed
    when all are counted anew.
    """

    def __init__(self) -> None:
        """Begin without promises."""
        self._lock = threading.Lock()
        self._accounts: dict[Address, _Account] = defaultdict(_Account)
        self._developer_of: dict[JobId, Address] = {}
        self._added: list[Promise] = []

    def add(self, promise: Promise) -> None:
        """Count a promise; again only once.

        Args:
            promise: The promise.
        """
        with self._lock:
            self._count(promise)
            self._added.append(promise)

    def release(self, jobs: Iterable[JobId]) -> None:
        """Stop counting jobs that the chain shows, or will never see.

        Args:
            jobs: The jobs; unknown ones do no harm.
        """
        with self._lock:
            for job in jobs:
                developer = self._developer_of.pop(job, None)
                if developer is not None:
                    self._accounts[developer].release(job)

    def promised(self, developer: Address) -> Promised:
        """Return what is promised of an escrow.

        Args:
            developer: Whose.
        """
        with self._lock:
            account = self._accounts.get(developer, _Account())
            return Promised(TokenAmount(account.amount), account.until_seconds)

    def begin_count(self) -> None:
        """Remember what is added from now on: the count that has begun may not see it."""
        with self._lock:
            self._added = []

    def replace(self, promises: Iterable[Promise]) -> None:
        """Count these, and what was added since `begin_count`, from now on.

        Args:
            promises: What the database says.
        """
        with self._lock:
            self._accounts.clear()
            self._developer_of.clear()
            for each in (*promises, *self._added):
                self._count(each)
            self._added = []

    def _count(self, promise: Promise) -> None:
        self._accounts[promise.developer].add(promise)
        self._developer_of[promise.job_id] = promise.developer
