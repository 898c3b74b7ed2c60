"""Choosing ports on the loopback interface, and seeing whether one is taken."""

from __future__ import annotations

import socket
from collections.abc import Iterable

FIRST_PORT = 30_410
"""Default of node 1; node 2 has the next one. Not geth's own default, which may be in use."""

LOOPBACK = "127.0.0.1"


def choose_ports(wanted: Iterable[int]) -> list[int]:
    """Take each wanted port if it is free, else any free one, all different.

    Args:
        wanted: One port for each place to fill.
    """
    held: list[socket.socket] = []
    try:
        # One by one, so that those that are held already are closed if one fails.
        held.extend(_bind(port) or _bind_any() for port in wanted)
        return [int(each.getsockname()[1]) for each in held]
    finally:
        for each in held:
            each.close()


def is_taken(host: str, port: int) -> bool:
    """Say whether a server could not listen at an address now: another does, or the system refuses it.

    Args:
        host: Name or address of an interface.
        port: The port.
    """
    listener = _bind(port, host)
    if listener is not None:
        listener.close()
    return listener is None


def _bind(port: int, host: str = LOOPBACK) -> socket.socket | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    # A port of ours that has just been closed is free; one that is listened on still refuses.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(1)
    except OSError:
        listener.close()
        return None
    return listener


def _bind_any() -> socket.socket:
    listener = _bind(0)
    if listener is None:
        raise OSError("no port is free on the loopback interface")
    return listener
