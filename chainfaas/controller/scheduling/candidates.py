"""What the scheduler looks at: a job that needs a provider, and the providers as they are now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chainfaas.domain.amounts import TokenAmount
    from chainfaas.domain.identifiers import ProviderId, VersionId
    from chainfaas.domain.prices import Offer, Terms


@dataclass(frozen=True, slots=True)
class Demand:
    """A job that needs a provider.

    Attributes:
        version_id: What is to run.
        terms: What the version allows one job to use and cost.
        tried: Providers that had this call before, with what became of it.
        spendable: What the developer's escrow can still promise, in base units.
        job_cap: What the escrow allows one job to cost, in base units.
    """

    version_id: VersionId
    terms: Terms
    tried: Mapping[ProviderId, str]
    spendable: TokenAmount
    job_cap: TokenAmount


@dataclass(frozen=True, slots=True)
class Candidate:
    """A provider as it is now.

    Attributes:
        provider_id: Its number.
        offer: What it asks.
        silent_seconds: Time since it was last heard; ``None`` if it never was.
        is_draining: Whether it takes no more jobs.
        free_memory_mib: Memory that is free, with what was given to it since it last said so taken off.
        total_memory_mib: All that it has for jobs; ``None`` until it said what it has.
        free_cpu_millis: Processor time that is free, in thousandths of a processor.
        free_jobs: How many more jobs it takes.
        total_jobs: All that it takes.
        ready_depth: Sandboxes of the version that wait; ``None`` if the image is not at hand.
        success_rate: Share of its late jobs that it did not lose or give back, 0 to 1.
    """

    provider_id: ProviderId
    offer: Offer
    silent_seconds: float | None
    is_draining: bool = False
    free_memory_mib: int = 0
    total_memory_mib: int | None = None
    free_cpu_millis: int = 0
    free_jobs: int = 0
    total_jobs: int = 0
    ready_depth: int | None = None
    success_rate: float = 1.0
