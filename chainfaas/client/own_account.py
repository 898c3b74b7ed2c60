"""A user's own account: its key signs here, and its transactions reach the chain once, whatever crashes."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import MetaData

from chainfaas.chain.bindings.refusals import contract_errors
from chainfaas.chain.bindings.simulation import simulate_call
from chainfaas.chain.headers import finality_depth
from chainfaas.chain.node.file_lock import file_lock
from chainfaas.chain.outbox_entry import NewEntry
from chainfaas.chain.outbox_tables import define_outbox_tables
from chainfaas.chain.signer import TransactionSigner
from chainfaas.chain.sql_outbox import SqlOutbox
from chainfaas.chain.sqlite_engine import create_sqlite_engine
from chainfaas.chain.transaction_node import Web3TransactionNode
from chainfaas.chain.transaction_sender.sender import TransactionSender
from chainfaas.chain.transaction_sender.settings import SenderParts, SenderSettings
from chainfaas.client.coin_check import check_coin
from chainfaas.client.errors import UnexpectedEventsError
from chainfaas.domain.errors import InternalError
from chainfaas.domain.identifiers import Address
from chainfaas.domain.signatures import SigningKey

if TYPE_CHECKING:
    from pathlib import Path

    from chainfaas.chain.bindings.contract_call import ContractCall
    from chainfaas.chain.event_decoder import ChainEvent
    from chainfaas.chain.keystore import UnlockedKey
    from chainfaas.chain.outbox_entry import Inclusion
    from chainfaas.client.chain_access import ChainAccess

WAIT_SECONDS = 60.0
"""How long a transaction is waited for. It is kept beyond that, and sent on when the account is next used."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A transaction that is in a block.

    Attributes:
        inclusion: Which transaction, in which block.
        events: What the contracts said in it.
    """

    inclusion: Inclusion
    events: tuple[ChainEvent, ...]

    @property
    def tx_hash(self) -> str:
        """The transaction's hash, ``0x`` hex."""
        return "0x" + self.inclusion.tx_hash.hex()

    def event(self, name: str) -> ChainEvent:
        """Return the one event of a name.

        Args:
            name: The event's name.

        Raises:
            UnexpectedEventsError: There is none, or more than one.
        """
        found = [event for event in self.events if event.name == name]
        if len(found) != 1:
            raise UnexpectedEventsError(
                f"The transaction {self.tx_hash} gave {len(found)} events {name} instead of one."
            )
        return found[0]

    def number(self, event: str, argument: str) -> int:
        """Return a number that an event carries.

        Args:
            event: The event's name.
            argument: The argument's name.

        Raises:
            UnexpectedEventsError: The event is not there once, or its argument is no number.
        """
        value = self.event(event).args[argument]
        if not isinstance(value, int):
            raise UnexpectedEventsError(f"{argument} of the event {event} is no number.")
        return value


@dataclass(frozen=True, slots=True)
class Wanted:
    """A transaction that is wanted.

    Attributes:
        to: Contract or account.
        data: Call data; empty for a transfer of coin.
        value_wei: Coin that goes along.
    """

    to: Address
    data: bytes
    value_wei: int

    @classmethod
    def call(cls, call: ContractCall) -> Wanted:
        """Return a contract's call as a transaction.

        Args:
            call: What to say to which contract.
        """
        return cls(call.to, call.data, call.value_wei)

    @classmethod
    def coin(cls, to: Address, amount_wei: int) -> Wanted:
        """Return a transfer of coin.

        Args:
            to: Who gets it.
            amount_wei: How much.
        """
        return cls(to, b"", amount_wei)


class OwnAccount:
    """Signs and sends for one key; only its address is ever shown."""

    def __init__(self, chain: ChainAccess, key: UnlockedKey, outbox_folder: Path) -> None:
        """Send nothing yet.

        Args:
            chain: The network.
            key: The key.
            outbox_folder: Where what it sends is kept until it is there; a file for each key and chain.
        """
        self.chain = chain
        self.key = SigningKey(key.private_key)
        self.address = Address.parse(key.address)
        self._account = key.account()
        self._file = outbox_folder / f"{self.address}-{chain.deployments.chain_id}.sqlite3"

    def __repr__(self) -> str:
        """Show the address alone."""
        return f"OwnAccount({self.address})"

    def send(self, call: ContractCall) -> Sent:
        """Have a call carried out, and wait for its block.

        Args:
            call: What to say to which contract.

        Returns:
            What came of it.

        Raises:
            ContractRefusedError: The contract would refuse it; nothing was sent.
            CoinMissingError: The account cannot pay for it; nothing was sent.
            TransactionRefusedError: It was refused after all, since something came in between.
            TransactionPendingError: It is in no block yet; it is sent on when the account is next used.
        """
        simulate_call(self.chain.connection, call, self.address)
        return self.send_all([Wanted.call(call)])[0]

    def send_all(self, wanted: Sequence[Wanted]) -> list[Sent]:
        """Have transactions carried out, in one block where they fit, and wait for it.

        Args:
            wanted: None of them may need another's effect to be accepted.

        Returns:
            What came of each.

        Raises:
            CoinMissingError: The account cannot pay for them; nothing was sent.
            TransactionRefusedError: One was refused.
            TransactionPendingError: One is in no block yet; it is sent on when the account is next used.
        """
        entries = [
            NewEntry(_fresh_effect(), self.address, each.to, each.data, each.value_wei) for each in wanted
        ]
        check_coin(Web3TransactionNode(self.chain.connection), self.coin_wei(), entries)
        return [self._sent(inclusion) for inclusion in self._complete(entries)]

    def give_coin(self, to: Address, amount_wei: int) -> Sent:
        """Transfer coin, and wait for the block.

        Args:
            to: Who gets it.
            amount_wei: How much.

        Raises:
            CoinMissingError: The account does not hold that much.
            TransactionPendingError: It is in no block yet; it is sent on when the account is next used.
        """
        return self.send_all([Wanted.coin(to, amount_wei)])[0]

    def coin_wei(self) -> int:
        """Read how much coin the account holds."""
        eth = self.chain.connection.eth
        return int(eth.get_balance(self.chain.connection.to_checksum_address(str(self.address))))

    def _complete(self, wanted: Sequence[NewEntry]) -> list[Inclusion]:
        with self._sending() as (outbox, sender):
            numbers = [outbox.enqueue(each).entry_id for each in wanted]
            done = sender.complete(numbers, timeout_seconds=WAIT_SECONDS)
        found = [entry.inclusion for entry in done if entry.inclusion is not None]
        if len(found) != len(done):
            raise InternalError(f"What {self.address} sent is there, but not where.")
        return found

    def _sent(self, inclusion: Inclusion) -> Sent:
        found, events = self.chain.find_events(inclusion.tx_hash, WAIT_SECONDS)
        return Sent(found, tuple(events))

    @contextmanager
    def _sending(self) -> Iterator[tuple[SqlOutbox, TransactionSender]]:
        """Hold the right to send for this key; two commands at once wait for each other."""
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with file_lock(self._file.with_suffix(".lock")):
            metadata = MetaData()
            tables = define_outbox_tables(metadata)
            engine = create_sqlite_engine(self._file)
            try:
                metadata.create_all(engine)
                # The lock says that whoever held the lease before is gone.
                outbox = SqlOutbox(engine, tables, takes_over=True)
                sender = TransactionSender(self._sender_parts(outbox))
                yield outbox, sender
                sender.close()
            finally:
                engine.dispose()

    def _sender_parts(self, outbox: SqlOutbox) -> SenderParts:
        depth = finality_depth(self.chain.contracts.peers.peer_count())
        return SenderParts(
            outbox=outbox,
            node=Web3TransactionNode(self.chain.connection),
            signer=TransactionSigner(self._account, self.chain.deployments.chain_id),
            settings=SenderSettings(finality_depth=depth),
            errors=contract_errors(),
        )


def _fresh_effect() -> str:
    return f"own:{secrets.token_hex(16)}"
