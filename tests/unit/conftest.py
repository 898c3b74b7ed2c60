"""Unit tests see neither the network nor other programs: whoever tries, fails with the event's name."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from chainfaas.domain.keccak import keccak256

# The hash's native library asks the system for its kind by a subprocess, once, which no test may do.
keccak256(b"")

FORBIDDEN = frozenset(
    {
        "socket.bind",
        "socket.connect",
        "socket.getaddrinfo",
        "socket.sendto",
        "subprocess.Popen",
        "os.exec",
        "os.fork",
        "os.forkpty",
        "os.posix_spawn",
        "os.spawn",
        "os.system",
    }
)


class OutsideWorldError(AssertionError):
    """A unit test reached for a socket or a process."""


class Guard:
    """Refuses audit events while it is closed."""

    closed = False

    def __call__(self, event: str, args: tuple[object, ...]) -> None:
        if self.closed and event in FORBIDDEN:
            raise OutsideWorldError(f"{event}{args!r}: this belongs into tests/integration.")


# An audit hook cannot be taken away again, so there is one, which each test closes and opens.
GUARD = Guard()
sys.addaudithook(GUARD)


@pytest.fixture(autouse=True)
def outside_world() -> Iterator[None]:
    GUARD.closed = True
    yield
    GUARD.closed = False
