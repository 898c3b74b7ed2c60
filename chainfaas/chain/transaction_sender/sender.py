"""The sender of one key: what the outbox wants is on chain once, in order, whatever crashes."""

from __future__ import annotations

import os
import socket
import threading
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.exc import SQLAlchemyError

from chainfaas.chain.errors import (
    LeaseLostError,
    TransactionPendingError,
    TransactionRefusedError,
    WrongChainError,
)
from chainfaas.chain.outbox_entry import END_STATES, IN_FLIGHT_STATES, EntryState, Lease, OutboxEntry
from chainfaas.chain.transaction_sender.entry_follower import EntryFollower
from chainfaas.chain.transaction_sender.entry_starter import EntryStarter, Started
from chainfaas.chain.transaction_sender.points import SenderPoint
from chainfaas.domain.errors import ChainError, ChainFaaSError, ConflictError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chainfaas.chain.headers import BlockHeader
    from chainfaas.chain.transaction_sender.settings import SenderParts

STEP_SECONDS = 0.02
"""Pause between two looks of a caller that waits for its own entries."""

_SUCCESS_STATES = (EntryState.FINAL, EntryState.DONE_ALREADY)

_log = structlog.get_logger(__name__)


class TransactionSender:
    """Sends for one key. Whoever adds an entry or sees a new head calls ``wake``."""

    def __init__(self, parts: SenderParts, owner: str | None = None) -> None:
        """Send nothing yet, and hold no lease.

        Args:
            parts: What the sender works with.
            owner: Name under which it holds its lease; machine and process if absent.
        """
        self._parts = parts
        self._owner = owner or f"{socket.gethostname()}:{os.getpid()}:{id(self):x}"
        self._follower = EntryFollower(parts)
        self._starter = EntryStarter(parts, self._follower)
        self._lease: Lease | None = None
        self._lease_until_seconds = 0.0
        self._followed_head: bytes | None = None
        self._chain_is_checked = False
        self._one_tick = threading.Lock()
        self._wake = threading.Event()

    def wake(self) -> None:
        """Have the loop look again at once; cheap, and safe from any thread."""
        self._wake.set()

    def run(self, stop: threading.Event) -> None:
        """Send until told to stop, and give the lease back then.

        Args:
            stop: Set by another thread, which then calls ``wake``.
        """
        while not stop.is_set():
            self._wake.clear()
            try:
                self.tick()
            except (ChainFaaSError, SQLAlchemyError) as fault:
                # Whatever it was, the entries are kept, and a sender that gave up would be noticed too late.
                _log.warning("The sender could not go on for now.", action="sender_waits", fault=str(fault))
            self._wake.wait(self._parts.settings.idle_seconds)
        self.close()

    def tick(self) -> bool:
        """Do everything that can be done now: follow what was sent, fill gaps, start what is pending.

        Returns:
            Whether anything changed.

        Raises:
            ChainUnreachableError: The node does not answer; nothing is lost.
            WrongChainError: The node serves another chain than the one signed for.
            LeaseHeldError: Another sends for this key.
            LeaseLostError: Another has begun to send for this key.
        """
        with self._one_tick:
            try:
                return self._tick(self._hold_lease())
            except LeaseLostError:
                self._lease = None
                raise

    def complete(
        self, entry_ids: Sequence[int], *, until: EntryState = EntryState.INCLUDED, timeout_seconds: float
    ) -> list[OutboxEntry]:
        """Work until some entries are through; for scripts, and beside a running loop.

        Args:
            entry_ids: The entries.
            until: ``INCLUDED`` to wait for a block, ``FINAL`` to wait until it stays.
            timeout_seconds: How long at most.

        Returns:
            The entries in the order given.

        Raises:
            TransactionRefusedError: One ended, or was mined, without its effect.
            TransactionPendingError: The time ran out; the entries are kept.
            WrongChainError: The node serves another chain than the one signed for.
        """
        deadline_seconds = self._parts.monotonic() + timeout_seconds
        while True:
            try:
                self.tick()
            except WrongChainError:
                raise
            except (ChainError, ConflictError) as fault:
                _log.warning("The sender could not go on for now.", action="sender_waits", fault=str(fault))
            entries = [self._parts.outbox.entry(entry_id) for entry_id in entry_ids]
            if all(_is_through(entry, until) for entry in entries):
                return entries
            if self._parts.monotonic() >= deadline_seconds:
                waiting = [entry.request.dedupe_key for entry in entries if not _is_through(entry, until)]
                raise TransactionPendingError(f"Not {until.value} in {timeout_seconds} s: {waiting}.")
            self._wake.wait(STEP_SECONDS)
            self._wake.clear()

    def close(self) -> None:
        """Give the lease back, so that a successor need not wait."""
        with self._one_tick:
            if self._lease is None:
                return
            self._parts.at_point(SenderPoint.BEFORE_RELEASE_LEASE)
            self._parts.outbox.release_lease(self._lease)
            self._parts.at_point(SenderPoint.AFTER_RELEASE_LEASE)
            self._lease = None

    def _hold_lease(self) -> Lease:
        parts, seconds = self._parts, self._parts.settings.lease_seconds
        now_seconds = parts.monotonic()
        if self._lease is None:
            self._check_chain()
            parts.at_point(SenderPoint.BEFORE_LEASE)
            self._lease = parts.outbox.acquire_lease(parts.signer.address, self._owner, seconds)
            parts.at_point(SenderPoint.AFTER_LEASE)
        elif now_seconds >= self._lease_until_seconds - seconds / 2:
            parts.outbox.renew_lease(self._lease, seconds)
        else:
            return self._lease
        self._lease_until_seconds = now_seconds + seconds
        return self._lease

    def _check_chain(self) -> None:
        if self._chain_is_checked:
            return
        served, wanted = self._parts.node.chain_id(), self._parts.signer.chain_id
        if served != wanted:
            raise WrongChainError(
                f"The node serves chain {served}, but {self._parts.signer} signs for {wanted}."
            )
        self._chain_is_checked = True

    def _tick(self, lease: Lease) -> bool:
        head = self._parts.node.head()
        changed = self._follow_all(lease, head)
        waiting = self._in_flight()
        pending = self._parts.outbox.next_pending(self._parts.signer.address)
        if pending is None and not waiting:
            return changed
        node_nonce = self._parts.node.pending_nonce(self._parts.signer.address)
        if self._fill_gap(lease, head, node_nonce):
            return True
        return self._start_all(lease, head, node_nonce, len(waiting)) or changed

    def _follow_all(self, lease: Lease, head: BlockHeader) -> bool:
        is_same_head = self._followed_head == head.block_hash
        changed, may_bump = False, True
        for entry in self._parts.outbox.unfinished(self._parts.signer.address):
            if entry.state is EntryState.INCLUDED and is_same_head:
                continue
            changed = self._follower.follow(lease, entry, head, may_bump=may_bump) or changed
            may_bump = may_bump and entry.state is EntryState.INCLUDED
        self._followed_head = head.block_hash
        return changed

    def _in_flight(self) -> list[OutboxEntry]:
        unfinished = self._parts.outbox.unfinished(self._parts.signer.address)
        return [entry for entry in unfinished if entry.state in IN_FLIGHT_STATES]

    def _fill_gap(self, lease: Lease, head: BlockHeader, node_nonce: int) -> bool:
        outbox, signer = self._parts.outbox, self._parts.signer.address
        if node_nonce >= outbox.next_nonce(signer):
            return False
        owner = outbox.entry_with_nonce(signer, node_nonce)
        if owner is None:
            self._starter.fill_gap(lease, head, node_nonce)
            return True
        if owner.state in END_STATES:
            self._follower.reopen(lease, owner)
            return True
        return False

    def _start_all(self, lease: Lease, head: BlockHeader, node_nonce: int, waiting: int) -> bool:
        changed = False
        while waiting < self._parts.settings.in_flight_cap:
            started = self._starter.start_next(lease, head, node_nonce, others_in_flight=waiting > 0)
            if started is Started.WAITS:
                break
            changed = True
            waiting += started is Started.SENT
        return changed


def _is_through(entry: OutboxEntry, until: EntryState) -> bool:
    if entry.state in _SUCCESS_STATES:
        return True
    mined_without_effect = entry.inclusion is not None and not entry.inclusion.succeeded
    if entry.state in END_STATES or (mined_without_effect and until is EntryState.INCLUDED):
        reason = entry.error or "it was mined and reverted"
        raise TransactionRefusedError(f"{entry.request.dedupe_key} ended {entry.state.value}: {reason}.")
    return until is EntryState.INCLUDED and entry.state is EntryState.INCLUDED
