"""Waiting for something that has to be asked for, since nobody announces it."""

from __future__ import annotations

import time
from collections.abc import Callable

_POLL_SECONDS = 0.05


def wait_until(condition: Callable[[], bool], deadline: float) -> bool:
    """Ask again and again until the condition holds, and say whether it did.

    Args:
        condition: What is waited for.
        deadline: When to give up, on `time.monotonic`'s clock.
    """
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True
