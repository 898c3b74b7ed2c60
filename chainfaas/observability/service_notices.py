"""Telling systemd how a service is, by datagrams to its socket; see sd_notify(3)."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

SOCKET_VARIABLE = "NOTIFY_SOCKET"
WATCHDOG_VARIABLE = "WATCHDOG_USEC"
WATCHDOG_PID_VARIABLE = "WATCHDOG_PID"
_ABSTRACT = "@"
_US_PER_SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class ServiceNotices:
    """Says how this process is, to systemd if it was started by that, else to nobody.

    Attributes:
        address: Path of the socket, or its abstract name behind ``@``; empty if nobody listens.
        watchdog_seconds: How long systemd waits for a sign of life; none if it does not wait for any.
    """

    address: str = ""
    watchdog_seconds: float | None = None

    @classmethod
    def of_environment(cls, environment: Mapping[str, str], pid: int | None = None) -> Self:
        """Return what a process's environment asks for.

        Args:
            environment: The process's environment variables.
            pid: The process; this one if absent.
        """
        address = environment.get(SOCKET_VARIABLE, "")
        wanted_of = environment.get(WATCHDOG_PID_VARIABLE, "")
        period = environment.get(WATCHDOG_VARIABLE, "")
        is_meant = not wanted_of or wanted_of == str(os.getpid() if pid is None else pid)
        if not address.startswith(("/", _ABSTRACT)):
            return cls()
        if not period.isdecimal() or not int(period) or not is_meant:
            return cls(address)
        return cls(address, int(period) / _US_PER_SECOND)

    def ready(self) -> None:
        """Say that the start is over."""
        self._send("READY=1")

    def alive(self) -> None:
        """Give a sign of life."""
        self._send("WATCHDOG=1")

    def stopping(self) -> None:
        """Say that the end has begun."""
        self._send("STOPPING=1")

    def _send(self, line: str) -> None:
        if not self.address:
            return
        # The first byte of an abstract name is zero.
        place = "\0" + self.address[1:] if self.address.startswith(_ABSTRACT) else self.address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as notices:
            try:
                notices.sendto(line.encode(), place)
            except OSError:
                return  # a service goes on where nobody listens any more
