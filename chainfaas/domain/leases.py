"""How long a provider may keep the jobs that it has."""

from __future__ import annotations

from dataclasses import dataclass

from chainfaas.domain.identifiers import JobId, job_id
from chainfaas.domain.times import UnixSeconds, unix_seconds


@dataclass(frozen=True, slots=True)
class Lease:
    """A controller's word that reports of these jobs are taken until then; renewed with each heartbeat."""

    job_ids: tuple[JobId, ...]
    lease_until: UnixSeconds

    def __post_init__(self) -> None:
        """Refuse what does not fit its field."""
        for job in self.job_ids:
            job_id(job)
        unix_seconds(self.lease_until, "The lease's end")
