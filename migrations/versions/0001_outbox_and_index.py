"""Outbox and index.

A step must leave what the previous release does working: add first, move the data, take away a release later.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from chainfaas.chain.column_types import AddressText, HexText, WideInteger

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    _create_outbox()
    _create_chain_log()
    _create_chain_money_and_jobs()
    _create_chain_parties_and_functions()


def downgrade() -> None:
    """Refuse: a backup is the way back."""
    raise NotImplementedError


def _create_outbox() -> None:
    op.create_table(
        "outbox_entries",
        sa.Column(
            "entry_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("dedupe_key", sa.String(length=200), nullable=False),
        sa.Column("signer", AddressText(), nullable=False),
        sa.Column("to_address", AddressText(), nullable=True),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("value_wei", WideInteger(), nullable=False),
        sa.Column("gas_limit", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("nonce", sa.BigInteger(), nullable=True),
        sa.Column("tx_hash", HexText(), nullable=True),
        sa.Column("block_number", sa.BigInteger(), nullable=True),
        sa.Column("block_hash", HexText(), nullable=True),
        sa.Column("succeeded", sa.Boolean(), nullable=True),
        sa.Column("gas_used", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_outbox_entries")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_outbox_entries_dedupe_key")),
    )
    op.create_index("ix_outbox_entries_signer_state", "outbox_entries", ["signer", "state", "entry_id"])
    op.create_index(
        "uq_outbox_entries_signer_nonce",
        "outbox_entries",
        ["signer", "nonce"],
        unique=True,
        sqlite_where=sa.text("state IN ('signed', 'sent', 'included')"),
        postgresql_where=sa.text("state IN ('signed', 'sent', 'included')"),
    )
    op.create_table(
        "outbox_signers",
        sa.Column("signer", AddressText(), nullable=False),
        sa.Column("next_nonce", sa.BigInteger(), nullable=False),
        sa.Column("lease_token", sa.BigInteger(), nullable=False),
        sa.Column("lease_owner", sa.String(length=100), nullable=False),
        sa.Column("lease_ends_at_seconds", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("signer", name=op.f("pk_outbox_signers")),
    )
    op.create_table(
        "outbox_attempts",
        sa.Column("tx_hash", HexText(), nullable=False),
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("signer", AddressText(), nullable=False),
        sa.Column("nonce", sa.BigInteger(), nullable=False),
        sa.Column("bump", sa.Integer(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("gas_limit", sa.BigInteger(), nullable=False),
        sa.Column("max_fee_wei", WideInteger(), nullable=False),
        sa.Column("tip_wei", WideInteger(), nullable=False),
        sa.Column("sent_block", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["outbox_entries.entry_id"], name=op.f("fk_outbox_attempts_entry_id")
        ),
        sa.PrimaryKeyConstraint("tx_hash", name=op.f("pk_outbox_attempts")),
        sa.UniqueConstraint("signer", "nonce", "bump", name=op.f("uq_outbox_attempts_signer_nonce_bump")),
    )
    op.create_index(op.f("ix_outbox_attempts_entry_id"), "outbox_attempts", ["entry_id"])


def _create_chain_log() -> None:
    op.create_table(
        "chain_blocks",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("block_hash", sa.String(length=66), nullable=False),
        sa.Column("parent_hash", sa.String(length=66), nullable=False),
        sa.Column("timestamp", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_chain_blocks")),
    )
    op.create_table(
        "chain_events",
        sa.Column("block_hash", sa.String(length=66), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("tx_hash", sa.String(length=66), nullable=False),
        sa.Column("tx_index", sa.Integer(), nullable=False),
        sa.Column("contract", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=42), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("args", sa.Text(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("job_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("block_hash", "log_index", name=op.f("pk_chain_events")),
    )
    op.create_index(op.f("ix_chain_events_batch_id"), "chain_events", ["batch_id"])
    op.create_index(op.f("ix_chain_events_block_number"), "chain_events", ["block_number"])
    op.create_index(op.f("ix_chain_events_job_id"), "chain_events", ["job_id"])
    op.create_index(op.f("ix_chain_events_tx_hash"), "chain_events", ["tx_hash"])
    op.create_table(
        "chain_source",
        sa.Column("chain_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("first_block", sa.BigInteger(), nullable=False),
        sa.Column("contracts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("chain_id", name=op.f("pk_chain_source")),
    )
    op.create_table(
        "chain_undo",
        sa.Column("block_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("projection", sa.String(length=32), nullable=False),
        sa.Column("row_key", sa.Text(), nullable=False),
        sa.Column("row", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("block_number", "position", name=op.f("pk_chain_undo")),
    )


def _create_chain_money_and_jobs() -> None:
    op.create_table(
        "chain_balances",
        sa.Column("account", sa.String(length=42), autoincrement=False, nullable=False),
        sa.Column("amount", WideInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_chain_balances")),
    )
    op.create_table(
        "chain_batches",
        sa.Column("batch_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("controller_id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.BigInteger(), nullable=False),
        sa.Column("base_fee", WideInteger(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("deadline", sa.BigInteger(), nullable=False),
        sa.Column("job_count", sa.Integer(), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("tx_hash", sa.String(length=66), nullable=False),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_chain_batches")),
    )
    op.create_index(op.f("ix_chain_batches_provider_id"), "chain_batches", ["provider_id"])
    op.create_table(
        "chain_escrows",
        sa.Column("developer", sa.String(length=42), autoincrement=False, nullable=False),
        sa.Column("controller_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("free", WideInteger(), nullable=False),
        sa.Column("reserved", WideInteger(), nullable=False),
        sa.Column("job_cap", sa.BigInteger(), nullable=False),
        sa.Column("expiry", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("developer", "controller_id", name=op.f("pk_chain_escrows")),
    )
    op.create_table(
        "chain_jobs",
        sa.Column("job_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("controller_id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.BigInteger(), nullable=False),
        sa.Column("developer", sa.String(length=42), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("details", sa.String(length=66), nullable=False),
        sa.Column("reserved", WideInteger(), nullable=True),
        sa.Column("needed", WideInteger(), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("billed_ms", sa.BigInteger(), nullable=True),
        sa.Column("cost", WideInteger(), nullable=True),
        sa.Column("receipt_hash", sa.String(length=66), nullable=True),
        sa.Column("opened_block", sa.BigInteger(), nullable=True),
        sa.Column("opened_tx", sa.String(length=66), nullable=True),
        sa.Column("ended_block", sa.BigInteger(), nullable=True),
        sa.Column("ended_tx", sa.String(length=66), nullable=True),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_chain_jobs")),
    )
    op.create_index(op.f("ix_chain_jobs_batch_id"), "chain_jobs", ["batch_id"])
    op.create_index(op.f("ix_chain_jobs_developer"), "chain_jobs", ["developer"])
    op.create_index(op.f("ix_chain_jobs_ended_block"), "chain_jobs", ["ended_block"])
    op.create_index(op.f("ix_chain_jobs_provider_id"), "chain_jobs", ["provider_id"])
    op.create_index(op.f("ix_chain_jobs_version_id"), "chain_jobs", ["version_id"])
    op.create_table(
        "chain_parameters",
        sa.Column("name", sa.String(length=32), autoincrement=False, nullable=False),
        sa.Column("effective_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("value", WideInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", "effective_at", name=op.f("pk_chain_parameters")),
    )
    op.create_table(
        "chain_payments",
        sa.Column("block_hash", sa.String(length=66), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("tx_hash", sa.String(length=66), nullable=False),
        sa.Column("provider_id", sa.BigInteger(), nullable=False),
        sa.Column("payout", sa.String(length=42), nullable=False),
        sa.Column("controller_id", sa.Integer(), nullable=False),
        sa.Column("controller_payee", sa.String(length=42), nullable=False),
        sa.Column("sealer_payee", sa.String(length=42), nullable=False),
        sa.Column("gross", WideInteger(), nullable=False),
        sa.Column("provider_share", WideInteger(), nullable=False),
        sa.Column("controller_share", WideInteger(), nullable=False),
        sa.Column("sealer_share", WideInteger(), nullable=False),
        sa.PrimaryKeyConstraint("block_hash", "log_index", name=op.f("pk_chain_payments")),
    )
    op.create_index(op.f("ix_chain_payments_provider_id"), "chain_payments", ["provider_id"])


def _create_chain_parties_and_functions() -> None:
    op.create_table(
        "chain_controllers",
        sa.Column("controller_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("peer", sa.String(length=42), nullable=False),
        sa.Column("key", sa.String(length=42), nullable=False),
        sa.Column("payout", sa.String(length=42), nullable=False),
        sa.Column("retired_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("controller_id", name=op.f("pk_chain_controllers")),
    )
    op.create_table(
        "chain_functions",
        sa.Column("function_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("owner", sa.String(length=42), nullable=False),
        sa.Column("live_version_id", sa.BigInteger(), nullable=False),
        sa.Column("is_retired", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("function_id", name=op.f("pk_chain_functions")),
    )
    op.create_index(op.f("ix_chain_functions_owner"), "chain_functions", ["owner"])
    op.create_table(
        "chain_offers",
        sa.Column("block_hash", sa.String(length=66), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("provider_id", sa.BigInteger(), nullable=False),
        sa.Column("base_fee", WideInteger(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("block_hash", "log_index", name=op.f("pk_chain_offers")),
    )
    op.create_index(op.f("ix_chain_offers_provider_id"), "chain_offers", ["provider_id"])
    op.create_table(
        "chain_peers",
        sa.Column("validator", sa.String(length=42), autoincrement=False, nullable=False),
        sa.Column("payout", sa.String(length=42), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("validator", name=op.f("pk_chain_peers")),
    )
    op.create_table(
        "chain_providers",
        sa.Column("provider_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("owner", sa.String(length=42), nullable=False),
        sa.Column("operator", sa.String(length=42), nullable=False),
        sa.Column("payout", sa.String(length=42), nullable=False),
        sa.Column("metadata", sa.Text(), nullable=False),
        sa.Column("base_fee", WideInteger(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("former_base_fee", WideInteger(), nullable=False),
        sa.Column("former_price", sa.BigInteger(), nullable=False),
        sa.Column("offer_since", sa.BigInteger(), nullable=False),
        sa.Column("staked", WideInteger(), nullable=False),
        sa.Column("unbonding", WideInteger(), nullable=False),
        sa.Column("unbonding_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("provider_id", name=op.f("pk_chain_providers")),
    )
    op.create_index(op.f("ix_chain_providers_operator"), "chain_providers", ["operator"])
    op.create_table(
        "chain_versions",
        sa.Column("version_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("function_id", sa.BigInteger(), nullable=False),
        sa.Column("developer", sa.String(length=42), nullable=False),
        sa.Column("max_cost", sa.BigInteger(), nullable=False),
        sa.Column("memory_mib", sa.Integer(), nullable=False),
        sa.Column("timeout_ms", sa.BigInteger(), nullable=False),
        sa.Column("image_digest", sa.String(length=66), nullable=False),
        sa.Column("bundle_hash", sa.String(length=66), nullable=False),
        sa.Column("manifest", sa.Text(), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("tx_hash", sa.String(length=66), nullable=False),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_chain_versions")),
    )
    op.create_index(op.f("ix_chain_versions_function_id"), "chain_versions", ["function_id"])
