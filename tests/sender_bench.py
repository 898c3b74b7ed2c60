"""A sender, its outbox and a chain in memory, on one bench."""

from __future__ import annotations

from pathlib import Path

from eth_abi.abi import encode
from sqlalchemy import MetaData

from chainfaas.chain.outbox_entry import EntryState, NewEntry, OutboxEntry
from chainfaas.chain.outbox_tables import define_outbox_tables
from chainfaas.chain.reverts import ErrorDecoder
from chainfaas.chain.signer import TransactionSigner
from chainfaas.chain.sql_outbox import SqlOutbox
from chainfaas.chain.sqlite_engine import Durability, create_sqlite_engine
from chainfaas.chain.transaction_sender.sender import TransactionSender
from chainfaas.chain.transaction_sender.settings import SenderParts, SenderSettings
from chainfaas.domain.identifiers import Address, ChainId
from chainfaas.domain.keccak import keccak256
from chainfaas.observability.crash_points import pass_by
from tests.simulated_chain import CHAIN_ID, SimulatedChain

KEY = keccak256(b"a throw-away key")
RECEIVER = Address(bytes(19) + b"\x01")
DEPTH = 2
ERRORS = [{"type": "error", "name": "AlreadySettled", "inputs": [{"name": "batch", "type": "uint64"}]}]
ALREADY_SETTLED = keccak256(b"AlreadySettled(uint64)")[:4] + encode(["uint64"], [7])


class Bench:
    """A sender, its outbox and a chain, and a clock that stands still."""

    def __init__(self, folder: Path) -> None:
        metadata = MetaData()
        tables = define_outbox_tables(metadata)
        self.engine = create_sqlite_engine(folder / "outbox.sqlite", Durability.NORMAL)
        metadata.create_all(self.engine)
        self.outbox = SqlOutbox(self.engine, tables)
        self.chain = SimulatedChain()
        self.signer = TransactionSigner.from_private_key(KEY, ChainId(CHAIN_ID))
        self.now_seconds = 100.0
        self.settings = SenderSettings(finality_depth=DEPTH, in_flight_cap=3, lease_seconds=60)
        self.sender = self.new_sender("first")

    def new_sender(self, owner: str) -> TransactionSender:
        parts = SenderParts(
            outbox=self.outbox,
            node=self.chain,
            signer=self.signer,
            settings=self.settings,
            errors=ErrorDecoder([ERRORS]),
            is_done_already=lambda _, reason: reason.name == "AlreadySettled",
            at_point=pass_by,
            monotonic=lambda: self.now_seconds,
        )
        return TransactionSender(parts, owner)

    def enqueue(self, key: str, gas_limit: int | None = None) -> OutboxEntry:
        new = NewEntry(key, self.signer.address, RECEIVER, key.encode(), 0, gas_limit)
        return self.outbox.enqueue(new)

    def state(self, entry: OutboxEntry) -> EntryState:
        return self.outbox.entry(entry.entry_id).state

    def tick_blocks(self, count: int) -> None:
        for _ in range(count):
            self.chain.mine()
            self.sender.tick()
