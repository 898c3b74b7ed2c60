"""Block headers, and a clock that ticks with them."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class BlockHeader:
    """What identifies a block and ties it to the one before.

    Attributes:
        number: Height.
        block_hash: Hash of the block.
        parent_hash: Hash of the block below.
        timestamp: Unix seconds, as the sealer wrote them.
        base_fee_wei: Price of gas that every transaction pays (EIP-1559).
    """

    number: int
    block_hash: bytes
    parent_hash: bytes
    timestamp: int
    base_fee_wei: int = 0


def finality_depth(signer_count: int) -> int:
    """Say how many blocks must lie on top of a block before nobody can replace it.

    Args:
        signer_count: Number of the chain's signers.

    Returns:
        floor(N/2) + 1, the depth that a Clique majority cannot undo.
    """
    return signer_count // 2 + 1


class HeadClock:
    """Knows the block period and the latest head; threads wait on it for the next one."""

    def __init__(self, period_seconds: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Start without a head.

        Args:
            period_seconds: Time between blocks; 0 where they are sealed on demand.
            monotonic: Seconds of a clock that never jumps.
        """
        self.period_seconds = period_seconds
        self._monotonic = monotonic
        self._changed = threading.Condition()
        self._head: BlockHeader | None = None
        self._seen_at_seconds = 0.0
        self._closed = False

    @property
    def head(self) -> BlockHeader | None:
        """The latest head that was seen."""
        with self._changed:
            return self._head

    def observe(self, header: BlockHeader) -> bool:
        """Take note of a head and wake those who wait.

        Args:
            header: The head as a node gave it.

        Returns:
            Whether it differs from the one before.
        """
        with self._changed:
            if self._head is not None and self._head.block_hash == header.block_hash:
                return False
            self._head = header
            self._seen_at_seconds = self._monotonic()
            self._changed.notify_all()
            return True

    def seconds_to_next(self) -> float | None:
        """Say when the next head is due.

        Returns:
            Seconds from now, negative when it is late; ``None`` without a head or with sealing on demand.
        """
        with self._changed:
            if self._head is None or self.period_seconds == 0:
                return None
            return self._seen_at_seconds + self.period_seconds - self._monotonic()

    def wait_for_other(self, seen: BlockHeader | None, timeout_seconds: float) -> BlockHeader | None:
        """Wait for a head other than one already seen.

        Args:
            seen: The head that the caller knows, if any.
            timeout_seconds: How long to wait at most.

        Returns:
            The latest head, which is ``seen`` when the time ran out or the clock was closed.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._head != seen, timeout_seconds)
            return self._head

    def close(self) -> None:
        """Wake everybody for good."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
