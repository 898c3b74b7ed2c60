"""A process that sends what its outbox wants, over an unreliable line if told so, and may be told to die."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from sqlalchemy import MetaData

from chainfaas.chain.connection import connect
from chainfaas.chain.fees import first_fees
from chainfaas.chain.headers import BlockHeader
from chainfaas.chain.keystore import load_keystore
from chainfaas.chain.outbox_entry import EntryState, NewEntry
from chainfaas.chain.outbox_tables import define_outbox_tables
from chainfaas.chain.signer import TransactionSigner
from chainfaas.chain.sql_outbox import SqlOutbox
from chainfaas.chain.sqlite_engine import create_sqlite_engine
from chainfaas.chain.transaction_node import SendAnswer, SendOutcome, Web3TransactionNode
from chainfaas.chain.transaction_sender.points import SenderPoint
from chainfaas.chain.transaction_sender.sender import TransactionSender
from chainfaas.chain.transaction_sender.settings import SenderParts, SenderSettings
from chainfaas.domain.identifiers import Address, ChainId
from chainfaas.domain.keccak import keccak256
from chainfaas.observability.crash_points import CRASH_VARIABLE

FINALITY_DEPTH = 2
TOO_MUCH_GAS = 30_000_001
DEADLINE_SECONDS = 60


class Line(StrEnum):
    """How the line to the node treats the first send of a process."""

    GOOD = "good"
    DROPS = "drops"  # it never arrives
    DROPS_FOR_LONG = "drops_for_long"  # it never arrives, and the sender is patient
    FORGES_A_HEADER = "forges_a_header"  # a block seems to be replaced, once
    STEALS_THE_NONCE = "steals_the_nonce"  # another transaction of the key arrives in its stead


@dataclass(frozen=True)
class Assignment:
    """What one process is to do."""

    database: Path
    socket: Path
    keystore: Path
    password: Path
    chain_id: int
    receivers: tuple[str, ...]
    line: Line = Line.GOOD
    first_is_hopeless: bool = False
    crash_at: SenderPoint | None = None

    def revived(self) -> Assignment:
        """The same work, for a process on a good line that nobody kills."""
        return replace(self, line=Line.GOOD, crash_at=None)

    def signer(self) -> TransactionSigner:
        key = load_keystore(self.keystore, self.password)
        return TransactionSigner(key.account(), ChainId(self.chain_id))


class UnreliableNode(Web3TransactionNode):
    """The real node, over a line that fails once."""

    def __init__(self, assignment: Assignment) -> None:
        super().__init__(connect(assignment.socket))
        self._signer = assignment.signer()
        self._line = assignment.line

    def send_raw(self, raw: bytes) -> SendAnswer:
        if self._line in (Line.DROPS, Line.DROPS_FOR_LONG):
            self._line = Line.GOOD
            return SendAnswer(SendOutcome.TAKEN)
        if self._line is Line.STEALS_THE_NONCE:
            self._line = Line.GOOD
            address = self._signer.address
            foreign = NewEntry("foreign", address, address)
            nonce = self.pending_nonce(address)
            super().send_raw(self._signer.sign(foreign, nonce, 21_000, first_fees(0)).raw)
        return super().send_raw(raw)

    def header_at(self, number: int) -> BlockHeader | None:
        header = super().header_at(number)
        if self._line is Line.FORGES_A_HEADER and header is not None:
            self._line = Line.GOOD
            return replace(header, block_hash=keccak256(header.block_hash))
        return header


def open_outbox(database: Path) -> SqlOutbox:
    metadata = MetaData()
    tables = define_outbox_tables(metadata)
    engine = create_sqlite_engine(database)
    metadata.create_all(engine)
    return SqlOutbox(engine, tables, takes_over=True)


def wanted_entries(assignment: Assignment, signer: Address) -> list[NewEntry]:
    entries = [
        NewEntry(f"pay:{receiver}", signer, Address.parse(receiver), b"", 1)
        for receiver in assignment.receivers
    ]
    if assignment.first_is_hopeless:
        entries[0] = replace(entries[0], gas_limit=TOO_MUCH_GAS)
    return entries


def send_all(assignment: Assignment) -> None:
    """Send until every effect stays; a new process with the same assignment goes on where this one ended."""
    if assignment.crash_at is not None:
        os.environ[CRASH_VARIABLE] = assignment.crash_at.value
    outbox, signer = open_outbox(assignment.database), assignment.signer()
    is_patient = assignment.line is Line.DROPS_FOR_LONG
    parts = SenderParts(
        outbox=outbox,
        node=UnreliableNode(assignment),
        signer=signer,
        settings=SenderSettings(
            finality_depth=FINALITY_DEPTH,
            bump_after_blocks=2,
            resend_after_seconds=DEADLINE_SECONDS if is_patient else 0.2,
        ),
    )
    sender = TransactionSender(parts)
    entries = [outbox.enqueue(new) for new in wanted_entries(assignment, signer.address)]
    hopeful = [entry.entry_id for entry in entries[assignment.first_is_hopeless :]]
    sender.complete(hopeful, until=EntryState.FINAL, timeout_seconds=DEADLINE_SECONDS)
    sender.close()
