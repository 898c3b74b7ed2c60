"""What a controller gives a provider to run, and signs before it runs."""

from __future__ import annotations

from dataclasses import dataclass

from chainfaas.domain.amounts import BaseFee, Price
from chainfaas.domain.batches import Batch
from chainfaas.domain.encodings import Bytes32, bytes32, check_unsigned
from chainfaas.domain.errors import NotFoundError
from chainfaas.domain.identifiers import (
    Address,
    InvocationId,
    JobId,
    ProviderId,
    VersionId,
    job_id,
    provider_id,
    version_id,
)
from chainfaas.domain.prices import Offer
from chainfaas.domain.times import UnixSeconds, unix_seconds

NO_CALL_AUTHORIZATION = Bytes32(bytes(32))
"""What stands for a caller's own signature while callers do not sign calls."""


@dataclass(frozen=True, slots=True)
class Work:
    """The private side of a job; only its EIP-712 hash, the job's details, reaches the chain."""

    invocation_id: InvocationId
    attempt: int
    """Count of the invocation's attempts, u16 from 1."""
    input_hash: Bytes32
    """`content_hash` of the input."""
    caller: Address
    call_authorization: Bytes32
    output_limit_bytes: int
    """The most output that is taken, u32."""

    def __post_init__(self) -> None:
        """Refuse what does not fit its field."""
        check_unsigned("The attempt", self.attempt, 16, least=1)
        bytes32(self.input_hash, "The input hash")
        bytes32(self.call_authorization, "The call authorization")
        check_unsigned("The output limit in bytes", self.output_limit_bytes, 32)


@dataclass(frozen=True, slots=True)
class Assignment:
    """The public side of a job: what the batch will say about it, signed for the provider beforehand."""

    job_id: JobId
    version_id: VersionId
    provider_id: ProviderId
    base_fee: BaseFee
    price: Price
    deadline: UnixSeconds
    """By when the job is to have ended."""
    details: Bytes32
    """EIP-712 hash of the `Work`."""

    def __post_init__(self) -> None:
        """Refuse what does not fit its field."""
        job_id(self.job_id)
        version_id(self.version_id)
        provider_id(self.provider_id)
        Offer(self.base_fee, self.price)
        unix_seconds(self.deadline, "The deadline")
        bytes32(self.details, "The details")


def assignment_of(batch: Batch, index: int) -> Assignment:
    """Return the assignment of the job at ``index`` of a batch.

    Raises:
        NotFoundError: there is a hole, or no order at all.
    """
    if not 0 <= index < len(batch.orders) or batch.orders[index].is_hole:
        raise NotFoundError(f"The batch {batch.batch_id} has no job at index {index}.")
    order = batch.orders[index]
    return Assignment(
        job_id=batch.job_id(index),
        version_id=order.version,
        provider_id=batch.provider_id,
        base_fee=batch.base_fee,
        price=batch.price,
        deadline=batch.deadline,
        details=order.details,
    )
