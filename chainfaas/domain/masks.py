"""Sets of job indices as bits: bit i stands for the job at index i of a batch, 0 to 47."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NewType

from chainfaas.domain.encodings import check_unsigned
from chainfaas.domain.errors import InvalidEncodingError
from chainfaas.domain.identifiers import MAX_BATCH_JOBS

Mask = NewType("Mask", int)
"""A set of indices, u48."""


def mask(value: int) -> Mask:
    """Return ``value`` as a mask.

    Raises:
        InvalidEncodingError: it needs more than 48 bits.
    """
    check_unsigned("The mask", value, MAX_BATCH_JOBS)
    return Mask(value)


def mask_of_indices(indices: Iterable[int]) -> Mask:
    """Return the mask with a bit for each index; the order does not matter.

    Raises:
        InvalidEncodingError: an index is outside 0 to 47 or comes twice.
    """
    bits = 0
    for index in indices:
        if not 0 <= index < MAX_BATCH_JOBS:
            raise InvalidEncodingError(f"The index {index} is not from 0 to {MAX_BATCH_JOBS - 1}.")
        if bits >> index & 1:
            raise InvalidEncodingError(f"The index {index} comes twice.")
        bits |= 1 << index
    return Mask(bits)


def indices_of_mask(bits: Mask) -> Iterator[int]:
    """Yield the indices in a mask, ascending."""
    rest = int(bits)
    while rest:
        lowest = rest & -rest
        yield lowest.bit_length() - 1
        rest ^= lowest
