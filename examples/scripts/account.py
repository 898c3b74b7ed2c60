"""An account of ours: a key from a keystore file, and the sender that gets its transactions on chain once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Self

from sqlalchemy import MetaData, select

from chainfaas.chain.bindings.contract_call import ContractCall
from chainfaas.chain.bindings.refusals import contract_errors
from chainfaas.chain.bindings.simulation import simulate_call
from chainfaas.chain.connection import connect
from chainfaas.chain.deployment_keys import named_key
from chainfaas.chain.event_decoder import ChainEvent
from chainfaas.chain.keystore import UnlockedKey
from chainfaas.chain.outbox_entry import Inclusion, NewEntry
from chainfaas.chain.outbox_tables import define_outbox_tables
from chainfaas.chain.signer import TransactionSigner
from chainfaas.chain.sql_outbox import SqlOutbox
from chainfaas.chain.sqlite_engine import create_sqlite_engine
from chainfaas.chain.state_folder import StateFolder
from chainfaas.chain.transaction_node import Web3TransactionNode
from chainfaas.chain.transaction_sender.sender import TransactionSender
from chainfaas.chain.transaction_sender.settings import SenderParts, SenderSettings
from chainfaas.domain.errors import InternalError
from chainfaas.domain.identifiers import Address
from chainfaas.domain.signatures import SigningKey
from examples.scripts.chain import Chain

_TIMEOUT_SECONDS = 60


class Account:
    """Signs and sends for one key."""

    def __init__(self, chain: Chain, key: UnlockedKey, outbox_file: Path) -> None:
        """Begin to send for a key; nothing leaves before it is asked to.

        Args:
            chain: The network.
            key: The key.
            outbox_file: Where its transactions are kept; what was left there is not sent twice.
        """
        self.chain = chain
        self.key = SigningKey(key.private_key)
        self.address = Address.parse(key.address)
        metadata = MetaData()
        self._tables = define_outbox_tables(metadata)
        self._engine = create_sqlite_engine(outbox_file)
        metadata.create_all(self._engine)
        self._outbox = SqlOutbox(self._engine, self._tables, takes_over=True)
        self._connection = connect(chain.endpoint)
        self._node = Web3TransactionNode(self._connection)
        self._sender = TransactionSender(
            SenderParts(
                outbox=self._outbox,
                node=self._node,
                signer=TransactionSigner(key.account(), chain.deployments.chain_id),
                settings=SenderSettings(finality_depth=chain.finality_depth),
                errors=contract_errors(),
            )
        )

    @classmethod
    def open(cls, chain: Chain, home: StateFolder, name: str) -> Self:
        """Take the key of a name from a state folder; it is made if there is none.

        Args:
            chain: The network.
            home: The state folder.
            name: What the key's files are called.
        """
        outboxes = home.root / "scripts"
        outboxes.mkdir(mode=0o700, exist_ok=True)
        outbox_file = outboxes / f"{name}-{chain.deployments.chain_id}.sqlite3"
        return cls(chain, named_key(home, name), outbox_file)

    def __repr__(self) -> str:
        """Show the address alone."""
        return f"Account({self.address})"

    def send(self, effect: str, call: ContractCall) -> list[ChainEvent]:
        """Have a call carried out, once, and wait for its block.

        Args:
            effect: What it is for; the same effect is not sent again, also not by a later run.
            call: What to say to which contract.

        Returns:
            What the contracts said.

        Raises:
            ContractRefusedError: The contract would refuse it; nothing was sent.
            TransactionRefusedError: It was refused after all, since something came in between.
        """
        return self.chain.find(self.send_all({effect: call})[effect].tx_hash)[1]

    def send_all(
        self, calls: Mapping[str, ContractCall], gifts: Mapping[str, tuple[Address, int]] | None = None
    ) -> dict[str, Inclusion]:
        """Have calls carried out, each once, in one block where they fit, and wait for it.

        Args:
            calls: Calls by what they are for; none may need another's effect to be accepted.
            gifts: Coin to be given beside them, in wei, by what it is for.

        Returns:
            Where each was mined.

        Raises:
            ContractRefusedError: A contract would refuse one; nothing was sent.
            TransactionRefusedError: One was refused after all.
        """
        for effect, call in calls.items():
            if not self._is_known(effect):
                simulate_call(self._connection, call, self.address)
        wanted = {
            effect: call.entry(self._dedupe_key(effect), self.address) for effect, call in calls.items()
        }
        for effect, (to, amount_wei) in (gifts or {}).items():
            wanted[effect] = NewEntry(self._dedupe_key(effect), self.address, to, value_wei=amount_wei)
        return self._complete(wanted)

    def nonce(self) -> int:
        """Return how many transactions of this account the node knows."""
        return self._node.pending_nonce(self.address)

    def close(self) -> None:
        """Let another process send for this key."""
        self._sender.close()
        self._engine.dispose()

    def _dedupe_key(self, effect: str) -> str:
        return f"{self.address}:{effect}"

    def _is_known(self, effect: str) -> bool:
        entries = self._tables.entries
        query = select(entries.c.entry_id).where(entries.c.dedupe_key == self._dedupe_key(effect))
        with self._engine.connect() as connection:
            return connection.execute(query).one_or_none() is not None

    def _complete(self, wanted: Mapping[str, NewEntry]) -> dict[str, Inclusion]:
        entries = [self._outbox.enqueue(entry) for entry in wanted.values()]
        done = self._sender.complete([entry.entry_id for entry in entries], timeout_seconds=_TIMEOUT_SECONDS)
        inclusions: dict[str, Inclusion] = {}
        for effect, entry in zip(wanted, done, strict=True):
            if entry.inclusion is None:
                raise InternalError(f"The effect {effect} is there, but not where.")
            inclusions[effect] = entry.inclusion
        return inclusions
