"""Reads the own node block by block, tells whoever listens, and goes back where blocks were replaced."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError

from chainfaas.chain.errors import ChainUnreachableError
from chainfaas.domain.errors import ChainFaaSError
from chainfaas.provider.journal.chain_notes import BlockPlace
from chainfaas.provider.own_node.version_events import live_changes, published_versions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chainfaas.chain.event_decoder import ChainEvent
    from chainfaas.chain.headers import BlockHeader, HeadClock
    from chainfaas.provider.journal.chain_notes import ChainNotes

NEAR_BLOCKS = 64
"""Blocks below the head that are read one by one, each by its hash."""

REWIND_BLOCKS = 16
"""How far a reading goes back at once when a block was replaced."""

IDLE_SECONDS = 1.0
"""Longest sleep without a new head; a safety net, not a pace."""

_log = structlog.get_logger(__name__)


class BlockReader(Protocol):
    """What is needed of a node; `EventReader` gives it."""

    def head(self) -> BlockHeader:
        """Read the latest header."""

    def headers(self, numbers: Sequence[int]) -> list[BlockHeader | None]:
        """Read headers by height; None stands for one above the head."""

    def read_events_of_blocks(self, headers: Sequence[BlockHeader]) -> list[list[ChainEvent]]:
        """Read the events of exactly these blocks."""

    def read_events_in_range(self, first: int, last: int) -> list[ChainEvent]:
        """Read the events of a range of blocks."""


class BlockListener(Protocol):
    """Whoever wants to know what blocks bring. The same block may be told twice."""

    def on_blocks(self, last: BlockPlace, events: Sequence[ChainEvent]) -> None:
        """Take the events of the blocks up to ``last``, in order."""

    def on_rewind(self, place: BlockPlace) -> None:
        """Forget what blocks above this one brought; they are told again."""


@dataclass(frozen=True)
class WatchedChain:
    """What is read, and how."""

    reader: BlockReader
    """All contracts of ours."""
    registry_reader: BlockReader
    """Those alone whose whole history counts: functions."""
    first_block: int
    """Where the contracts were deployed."""


class ChainWatcher:
    """The one reader of the own node's events."""

    def __init__(self, chain: WatchedChain, notes: ChainNotes) -> None:
        """Read nothing yet.

        Args:
            chain: What is read.
            notes: Where versions and the place are kept.
        """
        self._chain = chain
        self._notes = notes
        self._listeners: list[BlockListener] = []
        self._moved = threading.Condition()

    def tell(self, *listeners: BlockListener) -> None:
        """Tell these of each step, in this order, before the place is kept: a crash tells them again.

        Args:
            listeners: Whoever wants to know; to be named before the first step.
        """
        self._listeners += listeners

    def run(self, stop: threading.Event, clock: HeadClock) -> None:
        """Follow the chain until told to stop.

        Args:
            stop: Set by another thread, which then closes the clock.
            clock: Ticks with each new head.
        """
        seen = None
        while not stop.is_set():
            try:
                self.catch_up()
            except (ChainFaaSError, SQLAlchemyError) as fault:
                _log.warning("The own node cannot be read for now.", action="chain_waits", fault=str(fault))
            seen = clock.wait_for_other(seen, IDLE_SECONDS)

    def catch_up(self) -> BlockPlace:
        """Read up to the head.

        Returns:
            The block up to which everything is known.

        Raises:
            ChainError: The node does not answer, or the chain changes faster than it can be read.
        """
        place = self._notes.cursor() or self._read_history()
        head = self._chain.reader.head()
        while place.number < head.number:
            place = self._step(place, head)
        if place.number == head.number and place.block_hash != head.block_hash:
            place = self._rewind(place)
        with self._moved:
            self._moved.notify_all()
        return place

    def wait_for_step(self, timeout_seconds: float) -> None:
        """Wait until the head was read once more, at most so long."""
        with self._moved:
            self._moved.wait(timeout_seconds)

    def _read_history(self) -> BlockPlace:
        head = self._chain.reader.head()
        place = BlockPlace(head.number, head.block_hash)
        events = self._chain.registry_reader.read_events_in_range(self._chain.first_block, head.number)
        self._notes.advance(place, published_versions(events), live_changes(events))
        return place

    def _step(self, place: BlockPlace, head: BlockHeader) -> BlockPlace:
        if head.number - place.number > NEAR_BLOCKS:
            return self._step_far(place, head.number - NEAR_BLOCKS)
        wanted = list(range(place.number + 1, head.number + 1))
        headers = [each for each in self._chain.reader.headers(wanted) if each is not None]
        if not _is_chain(place, headers):
            return self._rewind(place)
        events = self._chain.reader.read_events_of_blocks(headers)
        for header, found in zip(headers, events, strict=True):
            place = BlockPlace(header.number, header.block_hash)
            self._take(place, found)
        return place

    def _step_far(self, place: BlockPlace, until: int) -> BlockPlace:
        known, header = self._chain.reader.headers([place.number, until])
        if known is None or header is None or known.block_hash != place.block_hash:
            return self._rewind(place)
        events = self._chain.reader.read_events_in_range(place.number + 1, until)
        reached = BlockPlace(header.number, header.block_hash)
        self._take(reached, events)
        return reached

    def _take(self, place: BlockPlace, events: Sequence[ChainEvent]) -> None:
        for listener in self._listeners:
            listener.on_blocks(place, events)
        self._notes.advance(place, published_versions(events), live_changes(events))

    def _rewind(self, place: BlockPlace) -> BlockPlace:
        number = max(self._chain.first_block - 1, place.number - REWIND_BLOCKS)
        (header,) = self._chain.reader.headers([number])
        if header is None:
            raise ChainUnreachableError(f"The own node has no block {number}, which it had before.")
        earlier = BlockPlace(header.number, header.block_hash)
        _log.info("Blocks were replaced; reading them again.", action="chain_rewound", block=number)
        for listener in self._listeners:
            listener.on_rewind(earlier)
        self._notes.rewind(earlier)
        return earlier


def _is_chain(place: BlockPlace, headers: Sequence[BlockHeader]) -> bool:
    below = place.block_hash
    for header in headers:
        if header.parent_hash != below:
            return False
        below = header.block_hash
    return bool(headers)
