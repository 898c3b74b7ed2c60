"""One sandbox that stands ready, and whether it keeps still: one that computes would do so for nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

from chainfaas.domain.errors import ChainFaaSError

if TYPE_CHECKING:
    from chainfaas.provider.pool.origin import Origin
    from chainfaas.provider.sandbox.runtime import Sandbox

MOST_SHARE = 0.02
"""Of one processor, which a program that waits may use: timers and collectors tick."""

_US_PER_SECOND = 1_000_000

_log = structlog.get_logger(__name__)


@dataclass(slots=True, eq=False)
class Waiting:
    """A sandbox between two calls, or before its first.

    Attributes:
        sandbox: The sandbox.
        origin: How it came to stand ready.
    """

    sandbox: Sandbox
    origin: Origin
    _seen: tuple[float, int] | None = field(default=None, init=False)

    def is_restless(self, at_seconds: float) -> bool:
        """Look at what it has used.

        Args:
            at_seconds: When, on a clock that never goes back.

        Returns:
            Whether that is more than its share since the look before; at the first look it is not.
        """
        try:
            used_us = self.sandbox.used_cpu_us()
        except ChainFaaSError as fault:
            _log.info("A sandbox cannot be looked at.", action="sandbox_unseen", fault=str(fault))
            return False
        before, self._seen = self._seen, (at_seconds, used_us)
        if before is None:
            return False
        seconds, former_us = before
        return used_us - former_us > (at_seconds - seconds) * MOST_SHARE * _US_PER_SECOND
