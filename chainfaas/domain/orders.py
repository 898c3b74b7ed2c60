"""The jobs of a batch as bytes: 36 for each, ``versionId u32 | details bytes32``, big-endian.

A job's index is the place of its order, so a job that is taken out leaves a hole (36 zero bytes) behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chainfaas.domain.encodings import Bytes32, bytes32, check_unsigned
from chainfaas.domain.errors import InvalidEncodingError
from chainfaas.domain.identifiers import MAX_BATCH_JOBS, NUMBER_BITS, VersionId
from chainfaas.domain.masks import Mask

ORDER_BYTES = 36
_VERSION_BYTES = 4


@dataclass(frozen=True, slots=True)
class Order:
    """One job of a batch, or a hole."""

    version: VersionId
    """What to run; 0 in a hole."""
    details: Bytes32
    """EIP-712 hash of the job's `Work`; zero in a hole."""

    def __post_init__(self) -> None:
        """Refuse what does not fit, and version 0 with details."""
        check_unsigned("The version id", self.version, NUMBER_BITS)
        bytes32(self.details, "The details")
        if self.version == 0 and any(self.details):
            raise InvalidEncodingError("An order of version 0 has details; a hole has none.")

    @property
    def is_hole(self) -> bool:
        """Whether no job stands here."""
        return self.version == 0


HOLE = Order(VersionId(0), Bytes32(bytes(32)))


def pack_orders(orders: Sequence[Order]) -> bytes:
    """Return the orders as bytes.

    Raises:
        InvalidEncodingError: there are none, or more than 48.
    """
    _check_count(len(orders))
    return b"".join(order.version.to_bytes(_VERSION_BYTES, "big") + order.details for order in orders)


def parse_orders(packed: bytes) -> tuple[Order, ...]:
    """Read orders from bytes.

    Raises:
        InvalidEncodingError: the length is no multiple of 36, there are none or more than 48, or one of
            version 0 has details.
    """
    count, rest = divmod(len(packed), ORDER_BYTES)
    if rest:
        raise InvalidEncodingError(f"{len(packed)} bytes of orders are no multiple of {ORDER_BYTES}.")
    _check_count(count)
    return tuple(
        _parse_order(packed[start : start + ORDER_BYTES]) for start in range(0, len(packed), ORDER_BYTES)
    )


def occupied_mask(orders: Sequence[Order]) -> Mask:
    """Return the indices at which a job stands."""
    return Mask(sum(1 << index for index, order in enumerate(orders) if not order.is_hole))


def _parse_order(packed: bytes) -> Order:
    version = int.from_bytes(packed[:_VERSION_BYTES], "big")
    return Order(VersionId(version), Bytes32(packed[_VERSION_BYTES:]))


def _check_count(count: int) -> None:
    if not 1 <= count <= MAX_BATCH_JOBS:
        raise InvalidEncodingError(f"A batch of {count} orders is not from 1 to {MAX_BATCH_JOBS}.")
