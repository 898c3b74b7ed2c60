"""Points in time as the chain counts them."""

from __future__ import annotations

from typing import NewType

from chainfaas.domain.encodings import check_unsigned

UnixSeconds = NewType("UnixSeconds", int)
"""Seconds since 1970, u32."""


def unix_seconds(value: int, name: str = "The time") -> UnixSeconds:
    """Return ``value`` as a point in time.

    Raises:
        InvalidEncodingError: it is negative or needs more than 32 bits.
    """
    check_unsigned(name, value, 32)
    return UnixSeconds(value)
