"""The journal's tables: jobs, versions, and the place in the chain up to which the own node was read."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
)

from chainfaas.chain.column_types import AddressText, HexText, WideInteger
from chainfaas.chain.outbox_tables import define_outbox_tables

SCHEMA_VERSION = 1
"""Kept in the file's ``user_version``; another number is another release's journal."""

METADATA = MetaData()
OUTBOX = define_outbox_tables(METADATA)

JOBS = Table(
    "jobs",
    METADATA,
    Column("job_id", BigInteger, primary_key=True, autoincrement=False),
    Column("controller_id", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("assigned", Text, nullable=False, comment="The assignment as the controller sent it, JSON."),
    Column("reserved", WideInteger, nullable=False, comment="The most that the job can cost, base units."),
    Column("accepted_ms", BigInteger, nullable=False, comment="Unix milliseconds."),
    Column("ended_ms", BigInteger, comment="Unix milliseconds at the end of the run."),
    Column("report", Text, comment="The report as it was or will be sent, JSON."),
    Column("output", LargeBinary, comment="Kept until the controller has taken the report."),
    Column("log", LargeBinary),
    Column("status", SmallInteger),
    Column("receipt_hash", HexText),
    Column("countersignature", HexText),
    Column("billed_ms", BigInteger),
    Column("cost", WideInteger, comment="What the controller's record is worth, base units."),
    Column("entry_id", Integer, comment="Outbox entry of the claim."),
    Column("paid_amount", WideInteger, comment="What the chain says that the job cost."),
    Column("paid_block", BigInteger),
    Column("paid_tx", HexText),
    Column("bill_us", BigInteger, comment="From the end of the run to the sight of the payment."),
    Column("reason", Text, nullable=False, comment="Why it ended without pay, for people."),
    Index("ix_jobs_state_controller", "state", "controller_id", "job_id"),
    Index("ix_jobs_entry", "entry_id"),
)

VERSIONS = Table(
    "versions",
    METADATA,
    Column("version_id", BigInteger, primary_key=True, autoincrement=False),
    Column("function_id", BigInteger, nullable=False),
    Column("developer", AddressText, nullable=False),
    Column("max_cost", BigInteger, nullable=False),
    Column("memory_mib", Integer, nullable=False),
    Column("timeout_ms", BigInteger, nullable=False),
    Column("image_digest", HexText, nullable=False),
    Column("bundle_hash", HexText, nullable=False),
    Column("manifest", LargeBinary, nullable=False, comment="As published; it may be no valid manifest."),
    Column("block_number", BigInteger, nullable=False),
)

LIVE_VERSIONS = Table(
    "live_versions",
    METADATA,
    Column("function_id", BigInteger, primary_key=True, autoincrement=False),
    Column("version_id", BigInteger, nullable=False),
)

CURSOR = Table(
    "chain_cursor",
    METADATA,
    Column("row", Integer, primary_key=True, autoincrement=False),
    Column("block_number", BigInteger, nullable=False),
    Column("block_hash", HexText, nullable=False),
)
