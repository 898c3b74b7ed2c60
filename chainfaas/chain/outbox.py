"""The outbox: effects that are to happen on chain, once each, whatever crashes.

Whoever decides on an effect writes an entry in the same database transaction as the decision. The one
sender of the signing key takes it from there. Every change names the state that it expects, so that a
sender which has been overtaken cannot undo what its successor did.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chainfaas.chain.outbox_entry import Attempt, Change, EntryState, Lease, NewEntry, OutboxEntry
    from chainfaas.domain.identifiers import Address


class Outbox(Protocol):
    """Where entries are kept. Each method is one database transaction."""

    def enqueue(self, new: NewEntry) -> OutboxEntry:
        """Add an entry, or find the one that has its dedupe key.

        Args:
            new: What is wanted.

        Returns:
            The entry, in whatever state it is.

        Raises:
            DedupeConflictError: The key is taken by another effect.
        """
        ...

    def entry(self, entry_id: int) -> OutboxEntry:
        """Read one entry.

        Args:
            entry_id: Its number.

        Returns:
            The entry.

        Raises:
            NotFoundError: There is none.
        """
        ...

    def next_pending(self, signer: Address) -> OutboxEntry | None:
        """Read the oldest entry that waits for a nonce.

        Args:
            signer: Account that sends it.

        Returns:
            The entry, or ``None`` if nothing waits.
        """
        ...

    def unfinished(self, signer: Address) -> Sequence[OutboxEntry]:
        """Read the entries that own a nonce and are not at their end.

        Args:
            signer: Account that sends them.

        Returns:
            They, by rising nonce.
        """
        ...

    def entry_with_nonce(self, signer: Address, nonce: int) -> OutboxEntry | None:
        """Read the entry that owns a nonce, at its end or not; one that failed owns its nonce no longer.

        Args:
            signer: Account that sends it.
            nonce: The nonce.

        Returns:
            The entry, or ``None``.
        """
        ...

    def attempts(self, entry_id: int) -> Sequence[Attempt]:
        """Read what was signed for the nonce that an entry now owns.

        Args:
            entry_id: The entry's number.

        Returns:
            Its attempts, oldest first.
        """
        ...

    def next_nonce(self, signer: Address) -> int:
        """Read the lowest nonce that was never assigned here.

        Args:
            signer: The account.

        Returns:
            The nonce; 0 for an account that is new to the outbox.
        """
        ...

    def next_bump(self, signer: Address, nonce: int) -> int:
        """Count the attempts that a nonce had, for whichever entry.

        Args:
            signer: The account.
            nonce: The nonce.

        Returns:
            The number for the next attempt.
        """
        ...

    def acquire_lease(self, signer: Address, owner: str, seconds: int) -> Lease:
        """Take the right to send for a key.

        Args:
            signer: The key's account.
            owner: Name of the one who asks.
            seconds: How long it holds unless renewed.

        Returns:
            The lease.

        Raises:
            LeaseHeldError: Another owner's lease has not ended.
        """
        ...

    def renew_lease(self, lease: Lease, seconds: int) -> None:
        """Hold the right for longer.

        Args:
            lease: What is held.
            seconds: How long from now.

        Raises:
            LeaseLostError: Another has it.
        """
        ...

    def release_lease(self, lease: Lease) -> None:
        """Give the right up at once; does nothing if another has it.

        Args:
            lease: What is held.
        """
        ...

    def store_signed(self, lease: Lease, attempt: Attempt) -> None:
        """Store the first transaction of a pending entry and take its nonce.

        Args:
            lease: The right to send.
            attempt: What was signed.

        Raises:
            LeaseLostError: The right is another's.
            StaleEntryError: The entry is not pending, or the nonce is owned by another entry.
        """
        ...

    def store_bump(self, lease: Lease, attempt: Attempt) -> None:
        """Store a better paid transaction for a nonce that its entry owns.

        Args:
            lease: The right to send.
            attempt: What was signed.

        Raises:
            LeaseLostError: The right is another's.
            StaleEntryError: The entry is not waiting to be mined under this nonce.
        """
        ...

    def advance(self, lease: Lease, entry_id: int, expected: EntryState, change: Change) -> None:
        """Move an entry on.

        Args:
            lease: The right to send.
            entry_id: The entry's number.
            expected: State that it must be in.
            change: What it becomes.

        Raises:
            LeaseLostError: The right is another's.
            StaleEntryError: It is in another state.
        """
        ...
