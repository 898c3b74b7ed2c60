"""Where the sandbox came from that a call was given."""

from __future__ import annotations

from enum import StrEnum


class Origin(StrEnum):
    """One of the three ways to a sandbox."""

    PRESTARTED = "prestarted"
    """It had been started ahead."""
    REUSED = "reused"
    """It had served a call of the same version."""
    PLAIN = "plain"
    """It was made for the call."""
