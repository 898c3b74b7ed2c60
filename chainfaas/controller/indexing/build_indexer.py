"""Makes the indexer of a network from its deployments file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chainfaas.chain.event_decoder import EventDecoder
from chainfaas.chain.event_reader import EventReader
from chainfaas.chain.known_contracts import known_contracts
from chainfaas.controller.indexing.index_store import IndexStore
from chainfaas.controller.indexing.indexer import Indexer, IndexSource
from chainfaas.domain.encodings import format_hex

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Engine
    from web3 import Web3

    from chainfaas.chain.deployments import Deployments
    from chainfaas.controller.indexing.plain_event import PlainEvent


def build_indexer(
    connection: Web3,
    deployments: Deployments,
    engine: Engine,
    on_events: Callable[[Sequence[PlainEvent]], None] | None = None,
) -> Indexer:
    """Make an indexer; nothing is read yet.

    Args:
        connection: The node to read from.
        deployments: Where the contracts are.
        engine: The database, up to date.
        on_events: Told of events once they are stored.

    Returns:
        The indexer.
    """
    contracts = known_contracts(deployments)
    source = IndexSource(
        chain_id=deployments.chain_id,
        first_block=deployments.first_block,
        contracts={contract.name: format_hex(contract.address.raw) for contract in contracts},
    )
    reader = EventReader(connection, deployments.chain_id, EventDecoder(contracts))
    return Indexer(reader, IndexStore(engine), source, on_events)
