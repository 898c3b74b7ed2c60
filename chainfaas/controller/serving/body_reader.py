"""Reads what of a request was not gathered before: within a time, and as one of few who wait."""

from __future__ import annotations

import select
import time
from typing import TYPE_CHECKING

from gunicorn.http.unreader import SocketUnreader

from chainfaas.controller.load_errors import OverloadedError, RequestTooSlowError
from chainfaas.controller.serving.gathering import read_seconds

if TYPE_CHECKING:
    import socket

    from chainfaas.controller.share import Share


class BodyReader(SocketUnreader):  # type: ignore[misc]  # gunicorn carries no types
    """What gunicorn's parser reads from, for one connection."""

    def __init__(self, connection: socket.socket, address: str, share: Share) -> None:
        """Read nothing yet.

        Args:
            connection: The connection.
            address: Where it comes from.
            share: How many threads may wait for bytes at once.
        """
        super().__init__(connection)
        self._address = address
        self._share = share
        self._began_seconds = 0.0
        self._received_bytes = 0
        self.has_failed = False
        """Whether a request did not arrive, so that nothing more can be read here."""

    def begin(self, received: bytes | bytearray, began_seconds: float) -> None:
        """Begin with another request.

        Args:
            received: What was gathered of it.
            began_seconds: When its first byte came, on the monotonic clock.
        """
        self.unread(bytes(received))
        self._began_seconds = began_seconds
        self._received_bytes = len(received)

    def chunk(self, size_hint: int | None = None) -> bytes:
        """Return the next bytes; none if there is nothing more.

        Args:
            size_hint: How many bytes are wanted.

        Raises:
            RequestTooSlowError: They do not come in time.
            OverloadedError: Too many wait for bytes already.
        """
        if self.has_failed:
            return b""
        try:
            self._wait()
        except (OverloadedError, RequestTooSlowError):
            self.has_failed = True
            raise
        piece: bytes = super().chunk(size_hint)
        self._received_bytes += len(piece)
        return piece

    def _wait(self) -> None:
        until = self._began_seconds + read_seconds(self._received_bytes)
        left_seconds = until - time.monotonic()
        if left_seconds > 0 and is_readable(self.sock, 0):
            return
        with self._share.place(self._address) as has_place:
            if left_seconds > 0 and not has_place:
                raise OverloadedError("Too many requests are on their way slowly.")
            if left_seconds <= 0 or not is_readable(self.sock, left_seconds):
                raise RequestTooSlowError("The request did not arrive in time.")


def is_readable(connection: socket.socket, seconds: float) -> bool:
    """Return whether there is something to read, or the other side hung up.

    Args:
        connection: The connection.
        seconds: How long to wait for it.
    """
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(seconds * 1_000))
