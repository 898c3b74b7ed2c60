"""Waiting for what others do."""

from __future__ import annotations

import time
from collections.abc import Callable

from chainfaas.domain.errors import ChainFaaSError

_LOOK_SECONDS = 0.1


class NotHappenedError(ChainFaaSError):
    """What the demonstration waits for does not happen."""

    code = "not-happened"
    default_remedy = "Look at `chainfaas status` and at the logs in the state folder."


def wait_until_true(holds: Callable[[], bool], what: str, patience_seconds: float) -> None:
    """Wait until something holds.

    Args:
        holds: Asked again and again.
        what: What is waited for, for the message.
        patience_seconds: How long at most.

    Raises:
        NotHappenedError: It did not hold in time.
    """
    end_seconds = time.monotonic() + patience_seconds
    while not holds():
        if time.monotonic() > end_seconds:
            raise NotHappenedError(f"Waited {patience_seconds:.0f} s in vain for {what}.")
        time.sleep(_LOOK_SECONDS)
