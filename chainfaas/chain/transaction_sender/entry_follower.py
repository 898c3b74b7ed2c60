"""Follows an entry that owns a nonce, from the first send to the depth at which it stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from chainfaas.chain.fees import bumped_fees
from chainfaas.chain.outbox_entry import Attempt, Change, EntryState, Inclusion
from chainfaas.chain.reverts import RevertReason
from chainfaas.chain.transaction_node import SendOutcome
from chainfaas.chain.transaction_sender.points import SenderPoint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chainfaas.chain.headers import BlockHeader
    from chainfaas.chain.outbox_entry import Lease, OutboxEntry
    from chainfaas.chain.transaction_node import SendAnswer
    from chainfaas.chain.transaction_sender.settings import SenderParts

_log = structlog.get_logger(__name__)


class EntryFollower:
    """Sends, sends again, offers more, and looks where the transaction went."""

    def __init__(self, parts: SenderParts) -> None:
        """Start without a memory of what was sent before.

        Args:
            parts: What the sender works with.
        """
        self._parts = parts
        self._sent_at_seconds: dict[int, float] = {}

    def follow(self, lease: Lease, entry: OutboxEntry, head: BlockHeader, *, may_bump: bool) -> bool:
        """Take one entry as far as it goes now.

        Args:
            lease: The right to send.
            entry: An entry that owns a nonce.
            head: The latest block.
            may_bump: Whether it may offer more; no use for one that waits behind another.

        Returns:
            Whether its state changed.

        Raises:
            ChainUnreachableError: The node does not answer; nothing is lost.
            LeaseLostError: Another sends for this key.
        """
        if entry.state is EntryState.INCLUDED:
            return self._await_depth(lease, entry, head)
        return self._await_block(lease, entry, head, may_bump=may_bump)

    def send(self, lease: Lease, entry: OutboxEntry, attempt: Attempt) -> bool:
        """Send a stored transaction for the first time, or for all we know for the first time.

        Args:
            lease: The right to send.
            entry: The entry that it is for.
            attempt: What was stored.

        Returns:
            Whether the entry's state changed.

        Raises:
            ChainUnreachableError: The node does not answer; nothing is lost.
            LeaseLostError: Another sends for this key.
        """
        parts = self._parts
        parts.at_point(SenderPoint.BEFORE_SEND)
        answer = self._deliver(attempt)
        parts.at_point(SenderPoint.AFTER_SEND)
        if answer.outcome is SendOutcome.TAKEN:
            self._mark_sent(lease, entry)
            return True
        if answer.outcome is SendOutcome.NEVER and entry.state is EntryState.SIGNED and attempt.bump == 0:
            self._end(lease, entry, Change(EntryState.FAILED, error=answer.words))
            return True
        self._complain(entry, answer)
        return False

    def reopen(self, lease: Lease, entry: OutboxEntry) -> None:
        """Follow an entry anew that had come to its end before the chain changed deeper than expected.

        Args:
            lease: The right to send.
            entry: An entry that owns a nonce which the chain says is unused.

        Raises:
            LeaseLostError: Another sends for this key.
        """
        self._mark_replaced(lease, entry)

    def _await_block(self, lease: Lease, entry: OutboxEntry, head: BlockHeader, *, may_bump: bool) -> bool:
        attempts = self._parts.outbox.attempts(entry.entry_id)
        inclusion = self._find_inclusion(attempts)
        if inclusion is not None:
            self._mark_included(lease, entry, inclusion)
            return True
        send_is_due = self._is_send_due(entry)
        bump_is_due = may_bump and self._is_bump_due(attempts[-1], head)
        if not (send_is_due or bump_is_due):
            return False
        if self._nonce_is_gone(attempts[-1], head):
            self._give_nonce_up(lease, entry)
            return True
        if send_is_due and entry.state is EntryState.SIGNED:
            return self.send(lease, entry, attempts[-1])
        if bump_is_due:
            self._bump(lease, entry, attempts[-1], head)
        else:
            self._resend(entry, attempts[-1])
        return False

    def _await_depth(self, lease: Lease, entry: OutboxEntry, head: BlockHeader) -> bool:
        inclusion = entry.inclusion
        if inclusion is None:  # an included entry always has its place; one without is looked for again
            return self._mark_replaced(lease, entry)
        header = self._parts.node.header_at(inclusion.block_number)
        if header is None or header.block_hash != inclusion.block_hash:
            return self._mark_replaced(lease, entry)
        if head.number - inclusion.block_number < self._parts.settings.finality_depth:
            return False
        self._end(lease, entry, self._verdict(entry, inclusion))
        return True

    def _verdict(self, entry: OutboxEntry, inclusion: Inclusion) -> Change:
        if inclusion.succeeded:
            return Change(EntryState.FINAL, inclusion)
        refused = self._parts.node.revert_reason(entry.request, inclusion.block_number)
        if refused is None:
            return Change(
                EntryState.REVERTED, inclusion, "reverted in its block for a reason that has passed"
            )
        reason: RevertReason = self._parts.errors.decode(refused.data, refused.message)
        done = self._parts.is_done_already(entry.request, reason)
        state = EntryState.DONE_ALREADY if done else EntryState.REVERTED
        return Change(state, inclusion, str(reason))

    def _find_inclusion(self, attempts: Sequence[Attempt]) -> Inclusion | None:
        for attempt in reversed(attempts):
            inclusion = self._parts.node.inclusion(attempt.tx_hash)
            if inclusion is not None:
                return inclusion
        return None

    def _nonce_is_gone(self, attempt: Attempt, head: BlockHeader) -> bool:
        # Only a foreign transaction that stays takes the nonce for good: until then ours may win after all.
        final_number = max(head.number - self._parts.settings.finality_depth, 0)
        return self._parts.node.nonce_at(self._parts.signer.address, final_number) > attempt.nonce

    def _is_bump_due(self, last: Attempt, head: BlockHeader) -> bool:
        settings = self._parts.settings
        waited_blocks = head.number - last.sent_block
        return waited_blocks >= settings.bump_after_blocks and last.bump < settings.max_bumps

    def _is_send_due(self, entry: OutboxEntry) -> bool:
        sent_at_seconds = self._sent_at_seconds.get(entry.entry_id)
        if sent_at_seconds is None:
            return True
        return self._parts.monotonic() - sent_at_seconds >= self._parts.settings.resend_after_seconds

    def _deliver(self, attempt: Attempt) -> SendAnswer:
        # Noted before the answer: a send that times out may have arrived, and is not repeated at once.
        self._sent_at_seconds[attempt.entry_id] = self._parts.monotonic()
        return self._parts.node.send_raw(attempt.raw)

    def _resend(self, entry: OutboxEntry, attempt: Attempt) -> None:
        self._parts.at_point(SenderPoint.BEFORE_RESEND)
        answer = self._deliver(attempt)
        self._parts.at_point(SenderPoint.AFTER_RESEND)
        if answer.outcome is not SendOutcome.TAKEN:
            self._complain(entry, answer)

    def _bump(self, lease: Lease, entry: OutboxEntry, last: Attempt, head: BlockHeader) -> None:
        parts = self._parts
        fees = bumped_fees(last.fees, head.base_fee_wei)
        signed = parts.signer.sign(entry.request, last.nonce, last.gas_limit, fees)
        better = Attempt(
            entry_id=entry.entry_id,
            nonce=last.nonce,
            bump=parts.outbox.next_bump(parts.signer.address, last.nonce),
            raw=signed.raw,
            tx_hash=signed.tx_hash,
            gas_limit=last.gas_limit,
            fees=fees,
            sent_block=head.number,
        )
        parts.at_point(SenderPoint.BEFORE_STORE_BUMP)
        parts.outbox.store_bump(lease, better)
        parts.at_point(SenderPoint.AFTER_STORE_BUMP)
        _log.warning("A transaction waits too long and offers more.", action="bump", **_ids(entry))
        parts.at_point(SenderPoint.BEFORE_SEND_BUMP)
        answer = self._deliver(better)
        parts.at_point(SenderPoint.AFTER_SEND_BUMP)
        if answer.outcome is not SendOutcome.TAKEN:
            self._complain(entry, answer)

    def _mark_sent(self, lease: Lease, entry: OutboxEntry) -> None:
        self._parts.at_point(SenderPoint.BEFORE_MARK_SENT)
        self._parts.outbox.advance(lease, entry.entry_id, entry.state, Change(EntryState.SENT))
        self._parts.at_point(SenderPoint.AFTER_MARK_SENT)

    def _mark_included(self, lease: Lease, entry: OutboxEntry, inclusion: Inclusion) -> None:
        self._parts.at_point(SenderPoint.BEFORE_MARK_INCLUDED)
        self._parts.outbox.advance(lease, entry.entry_id, entry.state, Change(EntryState.INCLUDED, inclusion))
        self._parts.at_point(SenderPoint.AFTER_MARK_INCLUDED)

    def _mark_replaced(self, lease: Lease, entry: OutboxEntry) -> bool:
        self._parts.at_point(SenderPoint.BEFORE_MARK_REPLACED)
        self._parts.outbox.advance(lease, entry.entry_id, entry.state, Change(EntryState.SENT))
        self._parts.at_point(SenderPoint.AFTER_MARK_REPLACED)
        self._sent_at_seconds.pop(entry.entry_id, None)
        _log.warning("The block of a transaction was replaced.", action="replaced", **_ids(entry))
        return True

    def _give_nonce_up(self, lease: Lease, entry: OutboxEntry) -> None:
        self._parts.at_point(SenderPoint.BEFORE_GIVE_NONCE_UP)
        self._parts.outbox.advance(lease, entry.entry_id, entry.state, Change(EntryState.PENDING))
        self._parts.at_point(SenderPoint.AFTER_GIVE_NONCE_UP)
        self._sent_at_seconds.pop(entry.entry_id, None)
        _log.warning("Another used this key's nonce; it is taken anew.", action="nonce_gone", **_ids(entry))

    def _end(self, lease: Lease, entry: OutboxEntry, change: Change) -> None:
        self._parts.at_point(SenderPoint.BEFORE_MARK_ENDED)
        self._parts.outbox.advance(lease, entry.entry_id, entry.state, change)
        self._parts.at_point(SenderPoint.AFTER_MARK_ENDED)
        self._sent_at_seconds.pop(entry.entry_id, None)

    def _complain(self, entry: OutboxEntry, answer: SendAnswer) -> None:
        if answer.outcome is not SendOutcome.NONCE_TOO_LOW:  # mined meanwhile: the next look finds where
            _log.warning(
                "The node did not take a transaction.", action="not_taken", words=answer.words, **_ids(entry)
            )


def _ids(entry: OutboxEntry) -> dict[str, object]:
    return {"entry": entry.entry_id, "key": entry.request.dedupe_key, "nonce": entry.nonce}
