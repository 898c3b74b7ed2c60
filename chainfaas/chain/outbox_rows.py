"""The outbox's values as rows of its tables, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chainfaas.chain.outbox_entry import (
    Attempt,
    EntryState,
    Fees,
    Inclusion,
    Lease,
    NewEntry,
    OutboxEntry,
)

if TYPE_CHECKING:
    from sqlalchemy import Row


def entry_columns(new: NewEntry) -> dict[str, Any]:
    """Return the columns of a new entry.

    Args:
        new: What is wanted.
    """
    return {
        "dedupe_key": new.dedupe_key,
        "signer": new.signer,
        "to_address": new.to,
        "data": new.data,
        "value_wei": new.value_wei,
        "gas_limit": new.gas_limit,
        "state": EntryState.PENDING,
    }


def attempt_columns(lease: Lease, attempt: Attempt) -> dict[str, Any]:
    """Return the columns of an attempt.

    Args:
        lease: The right to send under which it is made.
        attempt: What was signed.
    """
    return {
        "tx_hash": attempt.tx_hash,
        "entry_id": attempt.entry_id,
        "signer": lease.signer,
        "nonce": attempt.nonce,
        "bump": attempt.bump,
        "raw": attempt.raw,
        "gas_limit": attempt.gas_limit,
        "max_fee_wei": attempt.fees.max_fee_wei,
        "tip_wei": attempt.fees.tip_wei,
        "sent_block": attempt.sent_block,
    }


def inclusion_columns(inclusion: Inclusion | None) -> dict[str, Any]:
    """Return the columns that say where an entry was mined.

    Args:
        inclusion: Where; ``None`` empties them.
    """
    names = ("tx_hash", "block_number", "block_hash", "succeeded", "gas_used")
    return {name: None if inclusion is None else getattr(inclusion, name) for name in names}


def entry_of(row: Row[Any]) -> OutboxEntry:
    """Return the entry in a row.

    Args:
        row: All columns of ``outbox_entries``.
    """
    inclusion = None
    if row.block_hash is not None:
        inclusion = Inclusion(row.tx_hash, row.block_number, row.block_hash, row.succeeded, row.gas_used)
    request = NewEntry(
        row.dedupe_key, row.signer, row.to_address, bytes(row.data), row.value_wei, row.gas_limit
    )
    return OutboxEntry(row.entry_id, request, EntryState(row.state), row.nonce, inclusion, row.error)


def attempt_of(row: Row[Any]) -> Attempt:
    """Return the attempt in a row.

    Args:
        row: All columns of ``outbox_attempts``.
    """
    return Attempt(
        entry_id=row.entry_id,
        nonce=row.nonce,
        bump=row.bump,
        raw=bytes(row.raw),
        tx_hash=row.tx_hash,
        gas_limit=row.gas_limit,
        fees=Fees(row.max_fee_wei, row.tip_wei),
        sent_block=row.sent_block,
    )
