"""What can go wrong in indexing, below ``ChainError``."""

from __future__ import annotations

from chainfaas.domain.errors import ChainError


class EventOrderError(ChainError):
    """An event presupposes another that was never seen."""

    code = "event-order"
    default_remedy = "Rebuild the index; if it happens again, the deployments file names other contracts."


class HistoryChangedError(ChainError):
    """The chain changed while it was read."""

    code = "history-changed"
    default_remedy = "Nothing: the indexer reads again."


class ForeignIndexError(ChainError):
    """The index was made from another chain or from other contracts."""

    code = "foreign-index"
    default_remedy = "Rebuild the index, or use the database that belongs to this network."
