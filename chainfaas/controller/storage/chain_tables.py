"""What the indexer makes of the chain: blocks and events as they were, and what follows from them.

Addresses, hashes and other bytes are text: ``0x`` and lower-case hex digits. Amounts are token base units.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Boolean, Column, Integer, MetaData, String, Table, Text

from chainfaas.chain.column_types import WideInteger

if TYPE_CHECKING:
    from collections.abc import Iterator

HASH = String(66)
ADDRESS = String(42)


@dataclass(frozen=True, slots=True)
class ChainTables:
    """The indexer's tables; all but the first four are projections, which follow from the events alone."""

    source: Table
    blocks: Table
    events: Table
    undo: Table
    balances: Table
    escrows: Table
    batches: Table
    jobs: Table
    payments: Table
    providers: Table
    offers: Table
    functions: Table
    versions: Table
    peers: Table
    controllers: Table
    parameters: Table

    def __iter__(self) -> Iterator[Table]:
        """Go through all of them."""
        return (getattr(self, each.name) for each in fields(self))

    @property
    def projections(self) -> dict[str, Table]:
        """The projections by name."""
        kept = {"source", "blocks", "events", "undo"}
        return {each.name: getattr(self, each.name) for each in fields(self) if each.name not in kept}


def define_chain_tables(metadata: MetaData) -> ChainTables:
    """Add the indexer's tables to a database's description.

    Args:
        metadata: The description.

    Returns:
        The tables.
    """
    made = {name: Table(f"chain_{name}", metadata, *columns) for name, columns in _columns().items()}
    return ChainTables(**made)


def _key(name: str, kind: Any = BigInteger) -> Column[Any]:  # noqa: ANN401 - any SQLAlchemy type
    return Column(name, kind, primary_key=True, autoincrement=False)


def _given(name: str, kind: Any = BigInteger, *, index: bool = False) -> Column[Any]:  # noqa: ANN401
    return Column(name, kind, nullable=False, index=index)


def _columns() -> dict[str, list[Column[Any]]]:
    return _log_columns() | _money_columns() | _job_columns() | _provider_columns() | _function_columns()


def _log_columns() -> dict[str, list[Column[Any]]]:
    return {
        # Which chain and which contracts the other tables are about; one row.
        "source": [_key("chain_id"), _given("first_block"), _given("contracts", Text)],
        "blocks": [
            _key("number"),
            _given("block_hash", HASH),
            _given("parent_hash", HASH),
            _given("timestamp"),
        ],
        "events": [
            _key("block_hash", HASH),
            _key("log_index", Integer),
            _given("block_number", index=True),
            _given("tx_hash", HASH, index=True),
            _given("tx_index", Integer),
            _given("contract", String(64)),
            _given("address", ADDRESS),
            _given("name", String(64)),
            _given("args", Text),
            Column("batch_id", BigInteger, index=True),
            Column("job_id", BigInteger, index=True),
        ],
        # What a block changed, as it was before: enough to take the block back.
        "undo": [
            _key("block_number"),
            _key("position", Integer),
            _given("projection", String(32)),
            _given("row_key", Text),
            Column("row", Text),
        ],
    }


def _money_columns() -> dict[str, list[Column[Any]]]:
    return {
        "balances": [_key("account", ADDRESS), _given("amount", WideInteger)],
        "escrows": [
            _key("developer", ADDRESS),
            _key("controller_id", Integer),
            _given("free", WideInteger),
            _given("reserved", WideInteger),
            _given("job_cap"),
            _given("expiry"),
        ],
        "payments": [
            _key("block_hash", HASH),
            _key("log_index", Integer),
            _given("block_number"),
            _given("tx_hash", HASH),
            _given("provider_id", index=True),
            _given("payout", ADDRESS),
            _given("controller_id", Integer),
            _given("controller_payee", ADDRESS),
            _given("sealer_payee", ADDRESS),
            _given("gross", WideInteger),
            _given("provider_share", WideInteger),
            _given("controller_share", WideInteger),
            _given("sealer_share", WideInteger),
        ],
        "parameters": [_key("name", String(32)), _key("effective_at"), _given("value", WideInteger)],
    }


def _job_columns() -> dict[str, list[Column[Any]]]:
    return {
        "batches": [
            _key("batch_id"),
            _given("controller_id", Integer),
            _given("provider_id", index=True),
            _given("base_fee", WideInteger),
            _given("price"),
            _given("deadline"),
            _given("job_count", Integer),
            _given("block_number"),
            _given("tx_hash", HASH),
        ],
        "jobs": [
            _key("job_id"),
            _given("batch_id", index=True),
            _given("controller_id", Integer),
            _given("provider_id", index=True),
            _given("developer", ADDRESS, index=True),
            _given("version_id", index=True),
            _given("state", String(16)),
            _given("details", HASH),
            Column("reserved", WideInteger),
            Column("needed", WideInteger),
            Column("status", Integer),
            Column("billed_ms", BigInteger),
            Column("cost", WideInteger),
            Column("receipt_hash", HASH),
            Column("opened_block", BigInteger),
            Column("opened_tx", HASH),
            Column("ended_block", BigInteger, index=True),
            Column("ended_tx", HASH),
        ],
    }


def _provider_columns() -> dict[str, list[Column[Any]]]:
    return {
        "providers": [
            _key("provider_id"),
            _given("owner", ADDRESS),
            _given("operator", ADDRESS, index=True),
            _given("payout", ADDRESS),
            _given("metadata", Text),
            _given("base_fee", WideInteger),
            _given("price"),
            _given("former_base_fee", WideInteger),
            _given("former_price"),
            _given("offer_since"),
            _given("staked", WideInteger),
            _given("unbonding", WideInteger),
            _given("unbonding_until"),
        ],
        "offers": [
            _key("block_hash", HASH),
            _key("log_index", Integer),
            _given("block_number"),
            _given("provider_id", index=True),
            _given("base_fee", WideInteger),
            _given("price"),
            _given("since"),
        ],
        "peers": [
            _key("validator", ADDRESS),
            _given("payout", ADDRESS),
            _given("name", Text),
            _given("is_active", Boolean),
        ],
        "controllers": [
            _key("controller_id", Integer),
            _given("peer", ADDRESS),
            _given("key", ADDRESS),
            _given("payout", ADDRESS),
            _given("retired_at"),
        ],
    }


def _function_columns() -> dict[str, list[Column[Any]]]:
    return {
        "functions": [
            _key("function_id"),
            _given("owner", ADDRESS, index=True),
            _given("live_version_id"),
            _given("is_retired", Boolean),
        ],
        "versions": [
            _key("version_id"),
            _given("function_id", index=True),
            _given("developer", ADDRESS),
            _given("max_cost"),
            _given("memory_mib", Integer),
            _given("timeout_ms"),
            _given("image_digest", HASH),
            _given("bundle_hash", HASH),
            _given("manifest", Text),
            _given("block_number"),
            _given("tx_hash", HASH),
        ],
    }
