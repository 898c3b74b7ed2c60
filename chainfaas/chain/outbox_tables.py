"""The outbox's three tables, for any database that keeps one."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from chainfaas.chain.column_types import AddressText, HexText, WideInteger
from chainfaas.chain.outbox_entry import UNFINISHED_STATES

# SQLite numbers rows by itself only if the column is called INTEGER.
ROW_NUMBER = BigInteger().with_variant(Integer, "sqlite")


@dataclass(frozen=True, slots=True)
class OutboxTables:
    """The tables of one outbox.

    Attributes:
        entries: One row an effect.
        attempts: One row a signed transaction.
        signers: One row a key: its next nonce, and who may send for it.
    """

    entries: Table
    attempts: Table
    signers: Table


def define_outbox_tables(metadata: MetaData) -> OutboxTables:
    """Add the outbox's tables to a database's description.

    Args:
        metadata: The description.

    Returns:
        The tables.
    """
    return OutboxTables(_entries(metadata), _attempts(metadata), _signers(metadata))


def _entries(metadata: MetaData) -> Table:
    nonce = Column("nonce", BigInteger)
    state = Column("state", String(16), nullable=False)
    signer = Column("signer", AddressText, nullable=False)
    owns_nonce = state.in_([each.value for each in UNFINISHED_STATES])
    return Table(
        "outbox_entries",
        metadata,
        Column("entry_id", ROW_NUMBER, primary_key=True, autoincrement=True),
        Column("dedupe_key", String(200), nullable=False, unique=True),
        signer,
        Column("to_address", AddressText),
        Column("data", LargeBinary, nullable=False),
        Column("value_wei", WideInteger, nullable=False),
        Column("gas_limit", BigInteger),
        state,
        nonce,
        Column("tx_hash", HexText),
        Column("block_number", BigInteger),
        Column("block_hash", HexText),
        Column("succeeded", Boolean),
        Column("gas_used", BigInteger),
        Column("error", Text),
        Index("ix_outbox_entries_signer_state", "signer", "state", "entry_id"),
        # Two entries never wait under one nonce.
        Index(
            "uq_outbox_entries_signer_nonce",
            signer,
            nonce,
            unique=True,
            sqlite_where=owns_nonce,
            postgresql_where=owns_nonce,
        ),
    )


def _attempts(metadata: MetaData) -> Table:
    return Table(
        "outbox_attempts",
        metadata,
        Column("tx_hash", HexText, primary_key=True),
        Column("entry_id", ForeignKey("outbox_entries.entry_id"), nullable=False, index=True),
        Column("signer", AddressText, nullable=False),
        Column("nonce", BigInteger, nullable=False),
        Column("bump", Integer, nullable=False),
        Column("raw", LargeBinary, nullable=False),
        Column("gas_limit", BigInteger, nullable=False),
        Column("max_fee_wei", WideInteger, nullable=False),
        Column("tip_wei", WideInteger, nullable=False),
        Column("sent_block", BigInteger, nullable=False),
        UniqueConstraint("signer", "nonce", "bump"),
    )


def _signers(metadata: MetaData) -> Table:
    return Table(
        "outbox_signers",
        metadata,
        Column("signer", AddressText, primary_key=True),
        Column("next_nonce", BigInteger, nullable=False),
        Column("lease_token", BigInteger, nullable=False),
        Column("lease_owner", String(100), nullable=False),
        Column("lease_ends_at_seconds", BigInteger, nullable=False),
    )
