"""Looks versions up among those that the own node has shown."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chainfaas.chain.event_decoder import ChainEvent
    from chainfaas.domain.identifiers import VersionId
    from chainfaas.provider.journal.chain_notes import BlockPlace, ChainNotes, PublishedVersion


class VersionFinder:
    """Remembers versions in memory. Any thread may ask."""

    def __init__(
        self,
        notes: ChainNotes,
        wait_for_step: Callable[[float], None],
        patience_seconds: float,
    ) -> None:
        """Remember nothing yet.

        Args:
            notes: Where versions are kept.
            wait_for_step: Waits until the own node was read once more, at most so many seconds.
            patience_seconds: How long a version that is not known is waited for: the controller's node may be
                a block ahead of the own one.
        """
        self._notes = notes
        self._wait_for_step = wait_for_step
        self._patience_seconds = patience_seconds
        self._lock = threading.Lock()
        self._known: dict[VersionId, PublishedVersion] = {}

    def find(self, version: VersionId) -> PublishedVersion | None:
        """Return a version, or None if the own node does not show it within the patience."""
        ends = time.monotonic() + self._patience_seconds
        while (found := self.look(version)) is None and (left := ends - time.monotonic()) > 0:
            self._wait_for_step(left)
        return found

    def look(self, version: VersionId) -> PublishedVersion | None:
        """Return a version, or None if the own node has not shown it by now."""
        with self._lock:
            found = self._known.get(version) or self._notes.version(version)
            if found is not None:
                self._known[version] = found
            return found

    def on_blocks(self, last: BlockPlace, events: Sequence[ChainEvent]) -> None:
        """Nothing changes: versions never do."""

    def on_rewind(self, place: BlockPlace) -> None:
        """Forget everything, since a number may stand for another version now."""
        del place
        with self._lock:
            self._known.clear()
