"""Batches, the parts in which they are settled, and the word that an open batch is on chain.

``batch word = low 208 bits of the batch's EIP-712 hash << 48 | open bitmap u48``
"""

from __future__ import annotations

from dataclasses import dataclass

from chainfaas.domain.amounts import BaseFee, Price
from chainfaas.domain.encodings import Bytes32, check_unsigned
from chainfaas.domain.errors import InvalidEncodingError
from chainfaas.domain.identifiers import (
    MAX_BATCH_JOBS,
    BatchId,
    JobId,
    ProviderId,
    batch_id,
    compose_job_id,
    provider_id,
)
from chainfaas.domain.masks import Mask, mask
from chainfaas.domain.orders import Order, occupied_mask, pack_orders
from chainfaas.domain.prices import Offer
from chainfaas.domain.records import Record, pack_records
from chainfaas.domain.times import UnixSeconds, unix_seconds

_HASH_BITS = 208


@dataclass(frozen=True, slots=True)
class Batch:
    """The jobs that one controller gives one provider in one tick, 1 to 48."""

    batch_id: BatchId
    provider_id: ProviderId
    base_fee: BaseFee
    price: Price
    deadline: UnixSeconds
    """By when the jobs are to have ended."""
    orders: tuple[Order, ...]

    def __post_init__(self) -> None:
        """Refuse what does not fit its field."""
        batch_id(self.batch_id)
        provider_id(self.provider_id)
        Offer(self.base_fee, self.price)
        unix_seconds(self.deadline, "The deadline")
        if not 1 <= len(self.orders) <= MAX_BATCH_JOBS:
            raise InvalidEncodingError(
                f"A batch of {len(self.orders)} orders is not from 1 to {MAX_BATCH_JOBS}."
            )

    @property
    def offer(self) -> Offer:
        """The provider's offer at which the jobs run."""
        return Offer(self.base_fee, self.price)

    @property
    def packed_orders(self) -> bytes:
        """The orders as the contracts take them."""
        return pack_orders(self.orders)

    @property
    def occupied(self) -> Mask:
        """The indices at which a job stands."""
        return occupied_mask(self.orders)

    def job_id(self, index: int) -> JobId:
        """Return the id of the job at ``index``.

        Raises:
            InvalidIdentifierError: the index is outside 0 to 47.
        """
        return compose_job_id(self.batch_id, index)


@dataclass(frozen=True, slots=True)
class Part:
    """How some jobs of a batch ended; the controller signs a list of parts, the provider hands it in."""

    batch: Batch
    mask: Mask
    """The jobs that ended, at least one, none of them a hole."""
    records: tuple[Record, ...]
    """One for each bit of the mask, lowest first."""

    def __post_init__(self) -> None:
        """Refuse a mask that does not fit the orders, or records that do not fit the mask."""
        mask(self.mask)
        if self.mask == 0:
            raise InvalidEncodingError("A part has an empty mask.")
        if self.mask & ~self.batch.occupied:
            raise InvalidEncodingError("The mask of a part names an index at which no job stands.")
        if self.mask.bit_count() != len(self.records):
            raise InvalidEncodingError(
                f"A part has {len(self.records)} records for {self.mask.bit_count()} bits of its mask."
            )

    @property
    def packed_records(self) -> bytes:
        """The records as the contracts take them."""
        return pack_records(self.records)


def batch_word(batch_hash: Bytes32, open_jobs: Mask) -> int:
    """Return the storage word (u256) of a batch with this hash and these open jobs."""
    return (int.from_bytes(batch_hash, "big") & (1 << _HASH_BITS) - 1) << MAX_BATCH_JOBS | open_jobs


def open_jobs_of_word(word: int) -> Mask:
    """Return the indices that are open in a storage word.

    Raises:
        InvalidEncodingError: the word does not fit 256 bits.
    """
    check_unsigned("The batch word", word, 256)
    return Mask(word & (1 << MAX_BATCH_JOBS) - 1)


def word_is_of_batch(word: int, batch_hash: Bytes32) -> bool:
    """Whether a storage word was written for the batch with this hash."""
    return word >> MAX_BATCH_JOBS == batch_word(batch_hash, Mask(0)) >> MAX_BATCH_JOBS
