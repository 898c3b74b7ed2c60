"""A job that a provider has, as the controller holds it in memory."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainfaas.domain.assignments import Assignment
from chainfaas.domain.prices import Offer

if TYPE_CHECKING:
    from chainfaas.controller.dispatch.pending_call import PendingCall
    from chainfaas.controller.storage.batch_rows import BatchRow
    from chainfaas.controller.storage.job_rows import JobRow
    from chainfaas.domain.identifiers import JobId, ProviderId

_MS_PER_SECOND = 1_000


@dataclass(slots=True)
class HeldJob:
    """A job. Its fields change under the exchange's lock only.

    Attributes:
        row: What the database has of it.
        batch: Its batch.
        call: The call that it is an attempt of.
        lease_end_seconds: Until when a report is taken, on the monotonic clock.
        last_lease_end_seconds: The latest that can become, however often its provider is heard.
        handed_out_ns: When it was written into a poll's answer, on the monotonic clock; ``None`` before.
        processing_us: From the request to that answer.
        is_reporting: Whether a report is being stored.
        is_inherited: Whether a former process of the controller assigned it, and may not have handed it out.
    """

    row: JobRow
    batch: BatchRow
    call: PendingCall
    lease_end_seconds: float
    last_lease_end_seconds: float = math.inf
    handed_out_ns: int | None = None
    processing_us: int = 0
    is_reporting: bool = False
    is_inherited: bool = False

    def hand_out(self, now_seconds: float, lease_seconds: float) -> None:
        """Begin its first lease; from now on its provider may keep it for as long as it can be at it.

        That is the time-out, and two leases for what comes before and after: an image that is missing, and
        the report.

        Args:
            now_seconds: Monotonic.
            lease_seconds: How long a provider keeps a job without being heard.
        """
        longest_seconds = self.call.version.terms.timeout_ms / _MS_PER_SECOND + 2 * lease_seconds
        self.last_lease_end_seconds = now_seconds + longest_seconds
        self.renew(now_seconds, lease_seconds)

    def renew(self, now_seconds: float, lease_seconds: float) -> None:
        """Lengthen its lease, since its provider is heard, but not beyond its last one's end.

        Args:
            now_seconds: Monotonic.
            lease_seconds: How long a provider keeps a job without being heard.
        """
        self.lease_end_seconds = min(now_seconds + lease_seconds, self.last_lease_end_seconds)

    @property
    def job_id(self) -> JobId:
        """Its number."""
        return self.row.job_id

    @property
    def provider_id(self) -> ProviderId:
        """Who has it."""
        return self.row.provider_id

    @property
    def memory_mib(self) -> int:
        """What it takes of its provider's memory."""
        return self.call.version.terms.memory_mib

    @property
    def batch_offer(self) -> Offer:
        """What its provider asks for it."""
        return Offer(self.batch.base_fee, self.batch.price)

    def assignment(self) -> Assignment:
        """Return what was, or is to be, signed for the provider."""
        return Assignment(
            job_id=self.row.job_id,
            version_id=self.row.version_id,
            provider_id=self.row.provider_id,
            base_fee=self.batch.base_fee,
            price=self.batch.price,
            deadline=self.batch.deadline,
            details=self.row.details,
        )
