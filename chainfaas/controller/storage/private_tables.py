"""The controller's own tables: what callers asked for, what was handed out, and who is logged in.

A rebuild of the index leaves these alone. They join the indexer's tables by job and batch id.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, String, Table, Text

from chainfaas.chain.column_types import AddressText, HexText, WideInteger


@dataclass(frozen=True, slots=True)
class PrivateTables:
    """The tables.

    Attributes:
        invocations: One row a call.
        jobs: One row an attempt of a call on a provider.
        batches: One row a batch that was begun.
        sequences: How far batch numbers are reserved.
        uploads: Outputs and logs that came before their report.
        nonces: Log-in challenges that were given out and not used.
        sessions: Tokens, by their hash.
        idempotency_keys: Which call a caller's key stands for.
        faucet_grants: When an account was given something.
    """

    invocations: Table
    jobs: Table
    batches: Table
    sequences: Table
    uploads: Table
    nonces: Table
    sessions: Table
    idempotency_keys: Table
    faucet_grants: Table


def define_private_tables(metadata: MetaData) -> PrivateTables:
    """Add the controller's own tables to a database's description.

    Args:
        metadata: The description.

    Returns:
        The tables.
    """
    return PrivateTables(
        invocations=_invocations(metadata),
        jobs=_jobs(metadata),
        batches=_batches(metadata),
        sequences=Table(
            "sequences", metadata, _key("controller_id", Integer), _given("next_sequence", BigInteger)
        ),
        uploads=Table(
            "uploads",
            metadata,
            _key("job_id", BigInteger),
            _key("kind", String(8)),
            _given("size_bytes", BigInteger),
            _given("reference", String(80)),
        ),
        nonces=Table(
            "login_nonces",
            metadata,
            _key("nonce", HexText),
            _given("account", AddressText),
            Column("provider_id", BigInteger),
            _given("expires_at_seconds", BigInteger, index=True),
        ),
        sessions=Table(
            "sessions",
            metadata,
            _key("token_hash", HexText),
            _given("account", AddressText, index=True),
            Column("provider_id", BigInteger),
            _given("expires_at_seconds", BigInteger, index=True),
        ),
        idempotency_keys=Table(
            "idempotency_keys",
            metadata,
            _key("account", AddressText),
            _key("key", String(128)),
            _given("request_hash", HexText),
            _given("invocation_id", HexText),
            _given("expires_at_seconds", BigInteger, index=True),
        ),
        faucet_grants=Table(
            "faucet_grants", metadata, _key("account", AddressText), _given("granted_at_seconds", BigInteger)
        ),
    )


def _invocations(metadata: MetaData) -> Table:
    return Table(
        "invocations",
        metadata,
        _key("invocation_id", HexText),
        _given("account", AddressText, index=True),
        _given("function_id", BigInteger, index=True),
        _given("version_id", BigInteger),
        _given("developer", AddressText),
        _given("output_limit_bytes", BigInteger),
        _given("state", String(16), index=True),
        _given("attempt", Integer),
        _given("input_hash", HexText),
        _given("input_size_bytes", BigInteger),
        Column("input", LargeBinary),
        Column("input_reference", String(80)),
        _given("created_at_ms", BigInteger, index=True),
        Column("ended_at_ms", BigInteger, index=True),
        Column("job_id", BigInteger),
        Column("problem", Text),
        Column("cancelled_at_ms", BigInteger),
    )


def _jobs(metadata: MetaData) -> Table:
    return Table(
        "jobs",
        metadata,
        _key("job_id", BigInteger),
        _given("batch_id", BigInteger, index=True),
        _given("invocation_id", HexText, index=True),
        _given("attempt", Integer),
        _given("provider_id", BigInteger, index=True),
        _given("version_id", BigInteger),
        _given("developer", AddressText),
        _given("details", HexText),
        _given("unit", WideInteger),
        _given("state", String(16)),
        _given("choice", Text),
        _given("assigned_at_ms", BigInteger),
        Column("ended_at_ms", BigInteger),
        *_report_columns(),
        Index("ix_jobs_state_batch", "state", "batch_id"),
    )


def _report_columns() -> list[Column[Any]]:
    return [
        Column("assignment_hash", HexText),
        Column("status", Integer),
        Column("exit_code", Integer),
        Column("run_ms", BigInteger),
        Column("billed_ms", BigInteger),
        Column("cost", WideInteger),
        Column("output_hash", HexText),
        Column("log_hash", HexText),
        Column("metrics_hash", HexText),
        Column("sandbox_hash", HexText),
        Column("receipt_hash", HexText),
        Column("operator", AddressText),
        Column("operator_signature", HexText),
        Column("controller_signature", HexText),
        Column("metrics", Text),
        Column("sandbox", Text),
        Column("reason", Text),
        Column("output", LargeBinary),
        Column("output_reference", String(80)),
        Column("output_size_bytes", BigInteger),
        Column("log", LargeBinary),
        Column("log_reference", String(80)),
        Column("log_size_bytes", BigInteger),
        Column("processing_us", BigInteger),
        Column("provisioning_us", BigInteger),
        Column("response_us", BigInteger),
    ]


def _batches(metadata: MetaData) -> Table:
    return Table(
        "batches",
        metadata,
        _key("batch_id", BigInteger),
        _given("provider_id", BigInteger, index=True),
        _given("lane", String(8)),
        _given("base_fee", WideInteger),
        _given("price", BigInteger),
        _given("deadline", BigInteger, index=True),
        _given("state", String(16), index=True),
        _given("begun_at_ms", BigInteger),
        _given("open_tries", Integer),
        Column("open_entry_id", BigInteger),
    )


def _key(name: str, kind: Any) -> Column[Any]:  # noqa: ANN401 - any SQLAlchemy type
    return Column(name, kind, primary_key=True, autoincrement=False)


def _given(name: str, kind: Any, *, index: bool = False) -> Column[Any]:  # noqa: ANN401
    return Column(name, kind, nullable=False, index=index)
