"""Settings of the interpreter for a process in which many threads answer and none may wait long."""

from __future__ import annotations

import gc
import sys

SWITCH_SECONDS = 0.001
"""How long a thread computes while another wants to: a call is handed from thread to thread."""


def favour_latency() -> None:
    """Have threads take turns quickly, and collections pass over what is there already.

    Called once everything is built: what was imported and built stays. To look through all of it again and
    again would stop every thread for tens of milliseconds each time.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.collect()
    gc.freeze()
