"""How often somebody may ask for something that costs the controller more than it costs who asks."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import current_app

from chainfaas.controller.errors import RateLimitedError
from chainfaas.controller.share import Share

if TYPE_CHECKING:
    from flask import Flask

    from chainfaas.domain.limits import Limits

EXTENSION = "chainfaas-paces"
_MINUTE_SECONDS = 60.0
_REMEMBERED = 10_000


class RequestPace:
    """Lets each caller through so many times at once, and again evenly over the minute.

    Keeps one number a caller, the time at which all that it used up is free again, as the generic cell rate
    algorithm of ITU-T I.371 does.
    """

    def __init__(
        self, name: str, times_a_minute: int, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """Know nobody yet.

        Args:
            name: What is asked for, in the plural, for the message.
            times_a_minute: How often one caller may.
            monotonic: Seconds of a clock that never jumps.
        """
        self._name = name
        self._times_a_minute = times_a_minute
        self._step_seconds = _MINUTE_SECONDS / times_a_minute
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._free_again: dict[Hashable, float] = {}

    def take(self, caller: Hashable) -> None:
        """Let a caller through once.

        Args:
            caller: Who asks.

        Raises:
            RateLimitedError: It asked too often; says when the next time is.
        """
        now = self._monotonic()
        with self._lock:
            free_again = max(now, self._free_again.get(caller, now)) + self._step_seconds
            wait_seconds = free_again - now - _MINUTE_SECONDS
            # A thousandth of a step, so that no rounding takes a time away.
            if wait_seconds > self._step_seconds / 1_000:
                raise RateLimitedError(
                    f"No more than {self._times_a_minute} {self._name} a minute are served to one caller.",
                    math.ceil(wait_seconds),
                )
            if len(self._free_again) >= _REMEMBERED:
                self._free_again = {key: at for key, at in self._free_again.items() if at > now}
            self._free_again[caller] = free_again


@dataclass(frozen=True, slots=True)
class RequestPaces:
    """The paces of one app.

    Attributes:
        challenges: Log-in challenges, by the address that asks: who owns an account is not proved yet.
        bundles: Bundles, by the developer who uploads them.
        waits: Threads that wait for the end of a call, by the caller.
        node: Threads that wait for the node, by the address that asks.
    """

    challenges: RequestPace
    bundles: RequestPace
    waits: Share
    node: Share

    @classmethod
    def install(cls, app: Flask, limits: Limits, threads: int) -> None:
        """Give an app its paces.

        Args:
            app: The app.
            limits: How often each is allowed.
            threads: Requests that are served at once.
        """
        app.extensions[EXTENSION] = cls(
            RequestPace("log-in challenges", limits.challenges_a_minute),
            RequestPace("bundle uploads", limits.bundles_a_minute),
            Share(threads // 2, max(1, threads // 8)),
            Share(max(2, threads // 8), max(1, threads // 16)),
        )


def paces() -> RequestPaces:
    """Return the paces of the app that is serving."""
    found: RequestPaces = current_app.extensions[EXTENSION]
    return found
