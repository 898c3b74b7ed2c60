"""Tells from its first bytes how much of a request is still to come (RFC 9112, 2.1 and 6)."""

from __future__ import annotations

import re

HEAD_MAX_BYTES = 32 * 1024
"""A longer head is left to the parser, which refuses it."""
GATHERED_MAX_BYTES = 256 * 1024
"""A longer body is read by the thread that serves the request."""
READ_SECONDS = 10.0
"""How long a request may take to arrive, beside what its length needs at the slowest pace."""
SLOWEST_BYTES_A_SECOND = 128 * 1024

_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,9})[ \t]*\r\n")
_OTHERWISE = (b"\r\ntransfer-encoding:", b"\r\nexpect:")


def missing_bytes(received: bytes | bytearray) -> int:
    """Return how much must still come before a thread should take a request; 0 if it can begin.

    A request begins early where its length is not known, is above `GATHERED_MAX_BYTES`, or where the client
    waits for a word before it sends the body.

    Args:
        received: What came so far.
    """
    end = received.find(_END)
    if end < 0:
        return max(0, HEAD_MAX_BYTES - len(received))
    head = bytes(received[: end + 2]).lower()
    length = _LENGTH.search(head)
    if length is None or any(each in head for each in _OTHERWISE) or int(length[1]) > GATHERED_MAX_BYTES:
        return 0
    return max(0, end + len(_END) + int(length[1]) - len(received))


def read_seconds(received_bytes: int) -> float:
    """Return how long after its first byte a request may still be on its way.

    Args:
        received_bytes: What came so far.
    """
    return READ_SECONDS + received_bytes / SLOWEST_BYTES_A_SECOND
