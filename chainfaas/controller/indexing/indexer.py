"""Follows the chain: finds where it and the index part, takes the rest back, and reads on from there."""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError

from chainfaas.chain.json_rpc import RpcRefusedError
from chainfaas.controller.indexing.errors import HistoryChangedError
from chainfaas.controller.indexing.index_store import IndexedBlock
from chainfaas.controller.indexing.plain_event import PlainEvent, plain_event
from chainfaas.domain.errors import ChainFaaSError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from chainfaas.chain.event_decoder import ChainEvent
    from chainfaas.chain.headers import BlockHeader, HeadClock
    from chainfaas.controller.indexing.index_store import IndexStore

BATCH_BLOCKS = 64
"""Blocks near the head that are read in one exchange."""

RANGE_BLOCKS = 1_000
"""Blocks far below the head that are read and stored at once."""

TRIES = 5
"""How often one call of ``sync`` begins anew when the chain changes under it."""

IDLE_SECONDS = 1.0
"""Longest sleep of the loop without a new head; a safety net, not a pace."""

_log = structlog.get_logger(__name__)


class ChainReader(Protocol):
    """What the indexer needs of a node; ``EventReader`` gives it."""

    def check_chain(self) -> None:
        """Make sure that the node serves the right chain."""
        ...

    def head(self) -> BlockHeader:
        """Read the latest header."""
        ...

    def headers(self, numbers: Sequence[int]) -> list[BlockHeader | None]:
        """Read headers by height; ``None`` stands for one above the head."""
        ...

    def read_events_of_blocks(self, headers: Sequence[BlockHeader]) -> list[list[ChainEvent]]:
        """Read the events of exactly these blocks."""
        ...

    def read_events_in_range(self, first: int, last: int) -> list[ChainEvent]:
        """Read the events of a range of blocks that no longer change."""
        ...


@dataclass(frozen=True, slots=True)
class IndexSource:
    """What is indexed.

    Attributes:
        chain_id: The chain.
        first_block: Height of the first block that counts, where the contracts were deployed.
        contracts: Addresses of the contracts by name.
    """

    chain_id: int
    first_block: int
    contracts: Mapping[str, str]


class Indexer:
    """The only writer of the index. One thread at a time."""

    def __init__(
        self,
        reader: ChainReader,
        store: IndexStore,
        source: IndexSource,
        on_events: Callable[[Sequence[PlainEvent]], None] | None = None,
    ) -> None:
        """Read nothing yet.

        Args:
            reader: The node.
            store: The index.
            source: What is indexed.
            on_events: Told of the events that were added, once they are stored; those of a block that is
                replaced later are not taken back.
        """
        self._reader = reader
        self._store = store
        self._source = source
        self._on_events = on_events
        self._is_claimed = False

    def run(self, stop: threading.Event, clock: HeadClock) -> None:
        """Follow the chain until told to stop.

        Args:
            stop: Set by another thread, which then closes the clock.
            clock: Ticks with each new head.
        """
        seen = None
        while not stop.is_set():
            try:
                self.sync()
            except (ChainFaaSError, SQLAlchemyError) as fault:
                _log.warning("The index could not follow for now.", action="index_waits", fault=str(fault))
            seen = clock.wait_for_other(seen, IDLE_SECONDS)

    def sync(self) -> BlockHeader:
        """Bring the index to the node's head.

        Returns:
            The head that it stands at.

        Raises:
            ChainUnreachableError: The node does not answer; what was stored stays.
            HistoryChangedError: The chain changed again and again while it was read.
            ForeignIndexError: The index is about another chain or other contracts.
            EventOrderError: An event presupposes another that was never seen.
        """
        self._claim()
        for _ in range(TRIES):
            try:
                return self._sync()
            except (HistoryChangedError, RpcRefusedError) as fault:
                # A node that has just given a block up refuses to speak of it.
                _log.info("The chain changed while it was read.", action="read_again", fault=str(fault))
        raise HistoryChangedError(f"The chain changed {TRIES} times while it was read.")

    def rebuild(self) -> BlockHeader:
        """Throw the index away and read the chain from the first block.

        Returns:
            The head that it stands at.

        Raises:
            ChainError: As ``sync`` does.
        """
        self._is_claimed = False
        self._store.clear()
        return self.sync()

    def _claim(self) -> None:
        if not self._is_claimed:
            self._reader.check_chain()
            source = self._source
            self._store.claim(source.chain_id, source.first_block, source.contracts)
            self._is_claimed = True

    def _sync(self) -> BlockHeader:
        head, tip = self._reader.head(), self._store.tip()
        if tip is None:
            return self._read_on(head, None, None)
        known = self._store.header_at(head.number)
        if known is not None and known.block_hash == head.block_hash:
            return tip  # nothing new, or a node that is behind
        ancestor = self._common_ancestor(tip)
        if ancestor == tip:
            return self._read_on(head, tip, None)
        if ancestor is None or ancestor.number < tip.number - self._store.history_blocks:
            _log.error("The chain changed deeper than can be taken back.", action="rebuild")
            self._store.clear()
            self._store.claim(self._source.chain_id, self._source.first_block, self._source.contracts)
            return self._read_on(head, None, None)
        _log.warning(
            "Blocks were replaced.", action="rewind", blocks=tip.number - ancestor.number, to=ancestor.number
        )
        return self._read_on(head, ancestor, ancestor.number)

    def _common_ancestor(self, tip: BlockHeader) -> BlockHeader | None:
        kept = [tip]
        while kept:
            on_chain = self._reader.headers([header.number for header in kept])
            for header, theirs in zip(kept, on_chain, strict=True):
                if theirs is not None and theirs.block_hash == header.block_hash:
                    return header
            kept = self._store.headers_below(kept[-1].number, BATCH_BLOCKS)
        return None

    def _read_on(self, head: BlockHeader, last: BlockHeader | None, rewind_to: int | None) -> BlockHeader:
        number = self._source.first_block if last is None else last.number + 1
        settled = head.number - self._store.history_blocks
        while number <= head.number:
            if number <= settled:
                blocks = self._read_range(number, min(settled, number + RANGE_BLOCKS - 1))
            else:
                blocks = self._read_blocks(number, min(head.number, number + BATCH_BLOCKS - 1), last)
            self._store.apply(blocks, rewind_to)
            self._tell(blocks)
            rewind_to, last = None, blocks[-1].header
            number = last.number + 1
        return last or head

    def _read_blocks(self, first: int, until: int, last: BlockHeader | None) -> list[IndexedBlock]:
        headers = _present(self._reader.headers(range(first, until + 1)))
        parent = last
        for header in headers:
            if parent is not None and header.parent_hash != parent.block_hash:
                raise HistoryChangedError(f"Block {header.number} does not follow block {parent.number}.")
            parent = header
        events = self._reader.read_events_of_blocks(headers)
        return [
            IndexedBlock(header, [plain_event(event) for event in each])
            for header, each in zip(headers, events, strict=True)
        ]

    def _read_range(self, first: int, until: int) -> list[IndexedBlock]:
        by_number: dict[int, list[ChainEvent]] = defaultdict(list)
        for event in self._reader.read_events_in_range(first, until):
            by_number[event.block_number].append(event)
        headers = _present(self._reader.headers(sorted({*by_number, until})))
        for header in headers:
            if any(event.block_hash != header.block_hash for event in by_number[header.number]):
                raise HistoryChangedError(f"Block {header.number} was replaced.")
        return [
            IndexedBlock(header, [plain_event(event) for event in by_number[header.number]])
            for header in headers
        ]

    def _tell(self, blocks: Iterable[IndexedBlock]) -> None:
        if self._on_events is not None:
            events = [event for block in blocks for event in block.events]
            if events:
                self._on_events(events)


def _present(headers: Sequence[BlockHeader | None]) -> list[BlockHeader]:
    present = [header for header in headers if header is not None]
    if len(present) != len(headers):
        raise HistoryChangedError("The chain became shorter while it was read.")
    return present
