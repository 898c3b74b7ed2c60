"""Watches a node's head and lets a clock tick with it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import structlog

from chainfaas.chain.errors import ChainUnreachableError
from chainfaas.chain.header_reader import read_head
from chainfaas.chain.json_rpc import JsonRpc, RpcRefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from web3 import Web3

    from chainfaas.chain.headers import HeadClock

LOOKS_A_PERIOD = 20
"""How often the node is asked in the time between two blocks."""

ON_DEMAND_SECONDS = 0.01
"""Pause between two looks where blocks are sealed on demand."""

MAX_PAUSE_SECONDS = 0.25

_log = structlog.get_logger(__name__)


class HeadFollower:
    """Asks one node for its head again and again, over a connection of its own."""

    def __init__(self, connection: Web3, clock: HeadClock, on_head: Callable[[], None] | None = None) -> None:
        """Ask nothing yet.

        Args:
            connection: The node; not shared with a thread that may keep it busy.
            clock: Ticks with each other head.
            on_head: Called after each tick, such as a sender's ``wake``.
        """
        self._rpc = JsonRpc(connection)
        self._clock = clock
        self._on_head = on_head

    @property
    def pause_seconds(self) -> float:
        """How long it waits between two looks."""
        period_seconds = self._clock.period_seconds
        if period_seconds == 0:
            return ON_DEMAND_SECONDS
        return min(period_seconds / LOOKS_A_PERIOD, MAX_PAUSE_SECONDS)

    def run(self, stop: threading.Event) -> None:
        """Follow the head until told to stop, and close the clock then.

        Args:
            stop: Set by another thread.
        """
        while not stop.wait(self.pause_seconds):
            try:
                self.look()
            except (ChainUnreachableError, RpcRefusedError) as fault:
                _log.warning("The node's head cannot be read.", action="head_unknown", fault=str(fault))
                stop.wait(MAX_PAUSE_SECONDS)
        self._clock.close()

    def look(self) -> bool:
        """Ask once.

        Returns:
            Whether there is another head than before.

        Raises:
            ChainUnreachableError: The node does not answer.
        """
        if not self._clock.observe(read_head(self._rpc)):
            return False
        if self._on_head is not None:
            self._on_head()
        return True
