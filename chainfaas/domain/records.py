"""How jobs ended as bytes: 37 for each, ``status u8 | billedMs u32 | receiptHash bytes32``, big-endian.

A part's records stand in the order of its mask's bits, lowest first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chainfaas.domain.encodings import Bytes32, bytes32, check_unsigned
from chainfaas.domain.errors import InvalidEncodingError
from chainfaas.domain.identifiers import MAX_BATCH_JOBS
from chainfaas.domain.outcomes import Status, status
from chainfaas.domain.receipts import Receipt

RECORD_BYTES = 37
_RECEIPT_HASH_START = 5


@dataclass(frozen=True, slots=True)
class Record:
    """What the chain learns about the end of one job."""

    status: Status
    billed_ms: int
    """Charged time, u32; see `prices.billed_time_ms`."""
    receipt_hash: Bytes32
    """EIP-712 hash of the job's receipt."""

    def __post_init__(self) -> None:
        """Refuse what does not fit its field."""
        check_unsigned("The billed time in ms", self.billed_ms, 32)
        bytes32(self.receipt_hash, "The receipt hash")

    def agrees_with(self, receipt: Receipt, receipt_hash: Bytes32) -> bool:
        """Whether this record states no other end, and no longer time, than the receipt with this hash."""
        return (
            self.receipt_hash == receipt_hash
            and self.status == receipt.status
            and self.billed_ms <= max(1, receipt.run_ms)
        )


def pack_records(records: Sequence[Record]) -> bytes:
    """Return the records as bytes.

    Raises:
        InvalidEncodingError: there are none, or more than 48.
    """
    _check_count(len(records))
    return b"".join(
        record.status.to_bytes(1, "big") + record.billed_ms.to_bytes(4, "big") + record.receipt_hash
        for record in records
    )


def parse_records(packed: bytes) -> tuple[Record, ...]:
    """Read records from bytes.

    Raises:
        InvalidEncodingError: the length is no multiple of 37, or there are none or more than 48.
        InvalidOutcomeError: a status is not from 1 to 9.
    """
    count, rest = divmod(len(packed), RECORD_BYTES)
    if rest:
        raise InvalidEncodingError(f"{len(packed)} bytes of records are no multiple of {RECORD_BYTES}.")
    _check_count(count)
    return tuple(
        _parse_record(packed[start : start + RECORD_BYTES]) for start in range(0, len(packed), RECORD_BYTES)
    )


def _parse_record(packed: bytes) -> Record:
    billed_ms = int.from_bytes(packed[1:_RECEIPT_HASH_START], "big")
    return Record(status(packed[0]), billed_ms, Bytes32(packed[_RECEIPT_HASH_START:]))


def _check_count(count: int) -> None:
    if not 1 <= count <= MAX_BATCH_JOBS:
        raise InvalidEncodingError(f"{count} records are not from 1 to {MAX_BATCH_JOBS}.")
