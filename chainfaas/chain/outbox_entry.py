"""What an outbox holds: entries, the states that they pass through, and what was signed for them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chainfaas.domain.identifiers import Address


class EntryState(StrEnum):
    """How far an entry has come; a nonce is assigned from ``SIGNED`` on."""

    PENDING = "pending"
    """Wanted; nothing was signed, no nonce is taken."""

    SIGNED = "signed"
    """Nonce and raw transaction are stored; it may or may not have left."""

    SENT = "sent"
    """A node took the raw transaction."""

    INCLUDED = "included"
    """In a block that may still be replaced."""

    FINAL = "final"
    """Carried out in a block that is deep enough. Nothing follows, unless the chain changes below it."""

    DONE_ALREADY = "done_already"
    """The contract says that the effect exists already. Nothing follows."""

    REFUSED = "refused"
    """Refused when it was simulated; no nonce was spent. Nothing follows."""

    REVERTED = "reverted"
    """Mined, deep enough, and without effect. Nothing follows."""

    FAILED = "failed"
    """No node would ever take it; its nonce is filled by an empty transfer. Nothing follows."""


UNFINISHED_STATES = (EntryState.SIGNED, EntryState.SENT, EntryState.INCLUDED)
"""States of an entry that owns a nonce and is not at its end."""

IN_FLIGHT_STATES = (EntryState.SIGNED, EntryState.SENT)
"""States of an entry that waits to be mined; these count against the sender's cap."""

END_STATES = (
    EntryState.FINAL,
    EntryState.DONE_ALREADY,
    EntryState.REFUSED,
    EntryState.REVERTED,
    EntryState.FAILED,
)
"""States that nothing follows."""


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An effect that is wanted on chain.

    It is tried on the latest block before it is signed: one that needs another's effect, and would not be
    refused without it, is to be added when the other is in a block.

    Attributes:
        dedupe_key: Identity of the effect, such as ``settle:<batch>:<mask>``; a second entry of the same
            key is the first one.
        signer: Account that sends it.
        to: Contract or account; ``None`` creates a contract.
        data: Call data.
        value_wei: Coin that goes along.
        gas_limit: Upper bound of gas; ``None`` has the sender estimate it.
    """

    dedupe_key: str
    signer: Address
    to: Address | None
    data: bytes = b""
    value_wei: int = 0
    gas_limit: int | None = None


@dataclass(frozen=True, slots=True)
class Inclusion:
    """Where a transaction was mined.

    Attributes:
        tx_hash: Which of the entry's transactions it was.
        block_number: Height of the block.
        block_hash: Hash of the block; another hash at this height later means that it was replaced.
        succeeded: Whether the transaction had its effect.
        gas_used: Gas that it took.
    """

    tx_hash: bytes
    block_number: int
    block_hash: bytes
    succeeded: bool
    gas_used: int


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """An effect and how far it has come.

    Attributes:
        entry_id: Number given by the outbox; entries of one signer are sent in this order.
        request: What is wanted.
        state: How far it has come.
        nonce: The signer's transaction number, once one is assigned.
        inclusion: Where it was mined, once it was.
        error: Why it ended without effect: the contract's error with its arguments, or the node's words.
    """

    entry_id: int
    request: NewEntry
    state: EntryState
    nonce: int | None = None
    inclusion: Inclusion | None = None
    error: str | None = None

    def moved(self, change: Change) -> OutboxEntry:
        """Return the entry as it is after a change.

        Args:
            change: What was stored.

        Returns:
            The entry with the change's state, inclusion and error.
        """
        nonce = None if change.state is EntryState.PENDING else self.nonce
        return replace(self, state=change.state, nonce=nonce, inclusion=change.inclusion, error=change.error)


@dataclass(frozen=True, slots=True)
class Fees:
    """What a transaction offers for each unit of gas (EIP-1559).

    Attributes:
        max_fee_wei: Most that is paid in all.
        tip_wei: Most that goes to the sealer.
    """

    max_fee_wei: int
    tip_wei: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """One signed transaction for an entry; later ones of the same nonce only offer more.

    Attributes:
        entry_id: Entry that it is for.
        nonce: The signer's transaction number.
        bump: How many attempts the nonce had before this one.
        raw: The signed bytes; these are what is sent, however often.
        tx_hash: Their hash.
        gas_limit: Most gas that they may take.
        fees: What they offer for each unit of gas.
        sent_block: Height of the head when they were signed; the wait for a block counts from here.
    """

    entry_id: int
    nonce: int
    bump: int
    raw: bytes
    tx_hash: bytes
    gas_limit: int
    fees: Fees
    sent_block: int


@dataclass(frozen=True, slots=True)
class Change:
    """What an entry becomes.

    Attributes:
        state: New state; ``PENDING`` also gives the nonce up.
        inclusion: Where it was mined; ``None`` forgets an earlier place.
        error: Why it ended without effect.
    """

    state: EntryState
    inclusion: Inclusion | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to send for one key.

    Attributes:
        signer: The key's account.
        owner: Name of the holder, for people.
        token: Rises with each holder; a write that carries an older one is refused.
    """

    signer: Address
    owner: str
    token: int
