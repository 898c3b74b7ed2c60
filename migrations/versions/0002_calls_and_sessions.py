"""Calls and sessions.

A step must leave what the previous release does working: add first, move the data, take away a release later.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chainfaas.chain.column_types import AddressText, HexText, WideInteger

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    _create_batches()
    _create_faucet_grants()
    _create_idempotency_keys()
    _create_invocations()
    _create_jobs()
    _create_login_nonces()
    _create_sequences()
    _create_sessions()
    _create_uploads()


def downgrade() -> None:
    """Refuse: a backup is the way back."""
    raise NotImplementedError


def _create_batches() -> None:
    op.create_table(
        "batches",
        sa.Column("batch_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("provider_id", sa.BigInteger(), nullable=False),
        sa.Column("lane", sa.String(length=8), nullable=False),
        sa.Column("base_fee", WideInteger(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("deadline", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("begun_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("open_tries", sa.Integer(), nullable=False),
        sa.Column("open_entry_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_batches")),
    )
    op.create_index("ix_batches_deadline", "batches", ["deadline"])
    op.create_index("ix_batches_provider_id", "batches", ["provider_id"])
    op.create_index("ix_batches_state", "batches", ["state"])


def _create_faucet_grants() -> None:
    op.create_table(
        "faucet_grants",
        sa.Column("account", AddressText(), autoincrement=False, nullable=False),
        sa.Column("granted_at_seconds", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_faucet_grants")),
    )


def _create_idempotency_keys() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("account", AddressText(), autoincrement=False, nullable=False),
        sa.Column("key", sa.String(length=128), autoincrement=False, nullable=False),
        sa.Column("request_hash", HexText(), nullable=False),
        sa.Column("invocation_id", HexText(), nullable=False),
        sa.Column("expires_at_seconds", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index("ix_idempotency_keys_expires_at_seconds", "idempotency_keys", ["expires_at_seconds"])


def _create_invocations() -> None:
    op.create_table(
        "invocations",
        sa.Column("invocation_id", HexText(), autoincrement=False, nullable=False),
        sa.Column("account", AddressText(), nullable=False),
        sa.Column("function_id", sa.BigInteger(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("developer", AddressText(), nullable=False),
        sa.Column("output_limit_bytes", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("input_hash", HexText(), nullable=False),
        sa.Column("input_size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("input", sa.LargeBinary(), nullable=True),
        sa.Column("input_reference", sa.String(length=80), nullable=True),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("ended_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("job_id", sa.BigInteger(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("invocation_id", name=op.f("pk_invocations")),
    )
    op.create_index("ix_invocations_account", "invocations", ["account"])
    op.create_index("ix_invocations_created_at_ms", "invocations", ["created_at_ms"])
    op.create_index("ix_invocations_ended_at_ms", "invocations", ["ended_at_ms"])
    op.create_index("ix_invocations_function_id", "invocations", ["function_id"])
    op.create_index("ix_invocations_state", "invocations", ["state"])


def _create_jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("job_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("invocation_id", HexText(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.BigInteger(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("developer", AddressText(), nullable=False),
        sa.Column("details", HexText(), nullable=False),
        sa.Column("unit", WideInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("choice", sa.Text(), nullable=False),
        sa.Column("assigned_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("ended_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("assignment_hash", HexText(), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("exit_code", sa.Integer(), nullable=True),
        sa.Column("run_ms", sa.BigInteger(), nullable=True),
        sa.Column("billed_ms", sa.BigInteger(), nullable=True),
        sa.Column("cost", WideInteger(), nullable=True),
        sa.Column("output_hash", HexText(), nullable=True),
        sa.Column("log_hash", HexText(), nullable=True),
        sa.Column("metrics_hash", HexText(), nullable=True),
        sa.Column("sandbox_hash", HexText(), nullable=True),
        sa.Column("receipt_hash", HexText(), nullable=True),
        sa.Column("operator", AddressText(), nullable=True),
        sa.Column("operator_signature", HexText(), nullable=True),
        sa.Column("controller_signature", HexText(), nullable=True),
        sa.Column("metrics", sa.Text(), nullable=True),
        sa.Column("sandbox", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("output", sa.LargeBinary(), nullable=True),
        sa.Column("output_reference", sa.String(length=80), nullable=True),
        sa.Column("output_size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("log", sa.LargeBinary(), nullable=True),
        sa.Column("log_reference", sa.String(length=80), nullable=True),
        sa.Column("log_size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("processing_us", sa.BigInteger(), nullable=True),
        sa.Column("provisioning_us", sa.BigInteger(), nullable=True),
        sa.Column("response_us", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_jobs")),
    )
    op.create_index("ix_jobs_batch_id", "jobs", ["batch_id"])
    op.create_index("ix_jobs_invocation_id", "jobs", ["invocation_id"])
    op.create_index("ix_jobs_provider_id", "jobs", ["provider_id"])
    op.create_index("ix_jobs_state_batch", "jobs", ["state", "batch_id"])


def _create_login_nonces() -> None:
    op.create_table(
        "login_nonces",
        sa.Column("nonce", HexText(), autoincrement=False, nullable=False),
        sa.Column("account", AddressText(), nullable=False),
        sa.Column("provider_id", sa.BigInteger(), nullable=True),
        sa.Column("expires_at_seconds", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("nonce", name=op.f("pk_login_nonces")),
    )
    op.create_index("ix_login_nonces_expires_at_seconds", "login_nonces", ["expires_at_seconds"])


def _create_sequences() -> None:
    op.create_table(
        "sequences",
        sa.Column("controller_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("next_sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("controller_id", name=op.f("pk_sequences")),
    )


def _create_sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("token_hash", HexText(), autoincrement=False, nullable=False),
        sa.Column("account", AddressText(), nullable=False),
        sa.Column("provider_id", sa.BigInteger(), nullable=True),
        sa.Column("expires_at_seconds", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sessions")),
    )
    op.create_index("ix_sessions_account", "sessions", ["account"])
    op.create_index("ix_sessions_expires_at_seconds", "sessions", ["expires_at_seconds"])


def _create_uploads() -> None:
    op.create_table(
        "uploads",
        sa.Column("job_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=8), autoincrement=False, nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("job_id", "kind", name=op.f("pk_uploads")),
    )
