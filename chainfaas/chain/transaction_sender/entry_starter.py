"""Takes a pending entry to where its signed bytes are stored: simulate, take a nonce, sign, store."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

import structlog

from chainfaas.chain.errors import CallRevertedError
from chainfaas.chain.fees import first_fees
from chainfaas.chain.json_rpc import RpcRefusedError
from chainfaas.chain.outbox_entry import Attempt, Change, EntryState, NewEntry
from chainfaas.chain.transaction_sender.points import SenderPoint

if TYPE_CHECKING:
    from chainfaas.chain.headers import BlockHeader
    from chainfaas.chain.outbox_entry import Lease, OutboxEntry
    from chainfaas.chain.transaction_sender.entry_follower import EntryFollower
    from chainfaas.chain.transaction_sender.settings import SenderParts

FILLER_GAS = 21_000
"""Gas of a transfer without call data."""

_log = structlog.get_logger(__name__)


class Started(StrEnum):
    """What became of the oldest pending entry."""

    SENT = "sent"
    """It has a nonce and was sent."""

    ENDED = "ended"
    """It was refused, or done already; no nonce was spent."""

    WAITS = "waits"
    """Nothing is pending, or what is cannot be judged yet."""


class EntryStarter:
    """Gives nonces: to pending entries in their order, and to fillers of a gap."""

    def __init__(self, parts: SenderParts, follower: EntryFollower) -> None:
        """Keep the parts.

        Args:
            parts: What the sender works with.
            follower: Sends what was stored.
        """
        self._parts = parts
        self._follower = follower

    def start_next(
        self, lease: Lease, head: BlockHeader, node_nonce: int, *, others_in_flight: bool
    ) -> Started:
        """Start the oldest pending entry.

        Args:
            lease: The right to send.
            head: The latest block.
            node_nonce: The nonce that the node would give next.
            others_in_flight: Whether earlier entries wait to be mined: a refusal may then be due to what is
                missing of them, so that it does not count.

        Returns:
            What became of it.

        Raises:
            ChainUnreachableError: The node does not answer; nothing is lost.
            LeaseLostError: Another sends for this key.
        """
        parts = self._parts
        entry = parts.outbox.next_pending(parts.signer.address)
        if entry is None:
            return Started.WAITS
        try:
            gas_limit = self._gas_limit(entry.request)
        except CallRevertedError as refused:
            return self._refuse(lease, entry, refused, others_in_flight=others_in_flight)
        except RpcRefusedError as refused:
            _log.warning(
                "The node cannot try a transaction now.",
                action="not_simulated",
                entry=entry.entry_id,
                words=refused.words,
            )
            return Started.WAITS
        nonce = max(parts.outbox.next_nonce(parts.signer.address), node_nonce)
        attempt = self._sign(entry, nonce, gas_limit, head)
        parts.at_point(SenderPoint.BEFORE_STORE_SIGNED)
        parts.outbox.store_signed(lease, attempt)
        parts.at_point(SenderPoint.AFTER_STORE_SIGNED)
        self._follower.send(lease, replace(entry, state=EntryState.SIGNED, nonce=nonce), attempt)
        return Started.SENT

    def fill_gap(self, lease: Lease, head: BlockHeader, nonce: int) -> None:
        """Take a nonce that no entry owns, though later ones are given, with an empty transfer to ourselves.

        Args:
            lease: The right to send.
            head: The latest block.
            nonce: The nonce that holds the later ones up.

        Raises:
            ChainUnreachableError: The node does not answer; nothing is lost.
            LeaseLostError: Another sends for this key.
        """
        parts = self._parts
        signer = parts.signer.address
        bump = parts.outbox.next_bump(signer, nonce)
        _log.error("A nonce was never used; an empty transfer takes it.", action="fill_gap", nonce=nonce)
        parts.at_point(SenderPoint.BEFORE_ENQUEUE_FILLER)
        entry = parts.outbox.enqueue(NewEntry(f"fill:{signer}:{nonce}:{bump}", signer, signer))
        parts.at_point(SenderPoint.AFTER_ENQUEUE_FILLER)
        attempt = replace(self._sign(entry, nonce, FILLER_GAS, head), bump=bump)
        parts.at_point(SenderPoint.BEFORE_STORE_FILLER)
        parts.outbox.store_signed(lease, attempt)
        parts.at_point(SenderPoint.AFTER_STORE_FILLER)
        self._follower.send(lease, replace(entry, state=EntryState.SIGNED, nonce=nonce), attempt)

    def _gas_limit(self, wanted: NewEntry) -> int:
        estimate = self._parts.node.estimate_gas(wanted)
        return wanted.gas_limit or estimate + self._parts.settings.gas_margin

    def _sign(self, entry: OutboxEntry, nonce: int, gas_limit: int, head: BlockHeader) -> Attempt:
        fees = first_fees(head.base_fee_wei)
        signed = self._parts.signer.sign(entry.request, nonce, gas_limit, fees)
        return Attempt(
            entry_id=entry.entry_id,
            nonce=nonce,
            bump=self._parts.outbox.next_bump(self._parts.signer.address, nonce),
            raw=signed.raw,
            tx_hash=signed.tx_hash,
            gas_limit=gas_limit,
            fees=fees,
            sent_block=head.number,
        )

    def _refuse(
        self, lease: Lease, entry: OutboxEntry, refused: CallRevertedError, *, others_in_flight: bool
    ) -> Started:
        if others_in_flight:
            return Started.WAITS
        parts = self._parts
        reason = parts.errors.decode(refused.data, refused.message)
        done = parts.is_done_already(entry.request, reason)
        state = EntryState.DONE_ALREADY if done else EntryState.REFUSED
        _log.info(
            "The contract refused an effect.", action="refused", entry=entry.entry_id, reason=str(reason)
        )
        parts.at_point(SenderPoint.BEFORE_MARK_ENDED)
        parts.outbox.advance(lease, entry.entry_id, entry.state, Change(state, error=str(reason)))
        parts.at_point(SenderPoint.AFTER_MARK_ENDED)
        return Started.ENDED
