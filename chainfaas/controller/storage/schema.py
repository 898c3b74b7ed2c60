"""All tables of the controller's database. Those called ``chain_`` are the indexer's alone."""

from __future__ import annotations

from typing import Final

from sqlalchemy import MetaData

from chainfaas.chain.outbox_tables import OutboxTables, define_outbox_tables
from chainfaas.controller.storage.chain_tables import ChainTables, define_chain_tables
from chainfaas.controller.storage.private_tables import PrivateTables, define_private_tables

# Constraints have names, so that a migration can drop them on any database.
NAMING: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

METADATA: Final = MetaData(naming_convention=NAMING)
OUTBOX: Final[OutboxTables] = define_outbox_tables(METADATA)
CHAIN: Final[ChainTables] = define_chain_tables(METADATA)
PRIVATE: Final[PrivateTables] = define_private_tables(METADATA)
