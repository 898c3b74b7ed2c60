"""The way to process 1 of a container: frames out, frames in, both at once, until a point in time."""

from __future__ import annotations

import contextlib
import select
import socket
import time
from collections.abc import Iterator

from chainfaas.provider.sandbox.attach_stream import AttachStream
from chainfaas.provider.sandbox.frames import Answer, AnswerParser

_PIECE_BYTES = 64 * 1024
_SEND_BYTES = 256 * 1024


class ChannelClosedError(Exception):
    """The container's side is gone."""


class ChannelTimeoutError(Exception):
    """The point in time came first."""


class Channel:
    """A connection that the engine attached to a container; one thread uses it, another may break it off."""

    def __init__(self, connection: socket.socket) -> None:
        """Take over the connection.

        Args:
            connection: What an attach request left behind, with nothing read from it.
        """
        connection.settimeout(0.0)
        self._connection = connection
        self._stream = AttachStream()
        self._parser = AnswerParser()

    def exchange(self, outgoing: bytes, deadline: float) -> Iterator[Answer]:
        """Send a frame and yield answers as they come, for as long as the caller wants any.

        A container that does not take the frame still has its answers read.

        Args:
            outgoing: The frame.
            deadline: When to give up, on `time.monotonic`'s clock.

        Raises:
            ChannelClosedError: the container ended.
            ChannelTimeoutError: the deadline passed.
            SandboxProtocolError: what came is no frame.
        """
        pending = memoryview(outgoing)
        poll = select.poll()
        while True:
            poll.register(self._connection, select.POLLIN | (select.POLLOUT if pending else 0))
            left_ms = (deadline - time.monotonic()) * 1_000
            events = poll.poll(left_ms) if left_ms > 0 else []
            if not events:
                raise ChannelTimeoutError
            happened = events[0][1]
            if happened & select.POLLOUT:
                pending = self._send(pending)
            if happened & ~select.POLLOUT:
                yield from self._receive()

    def _send(self, pending: memoryview) -> memoryview:
        try:
            return pending[self._connection.send(pending[:_SEND_BYTES]) :]
        except BlockingIOError:
            return pending
        except OSError:
            # Nobody reads any more, but what was written before is still there.
            return memoryview(b"")

    def _receive(self) -> Iterator[Answer]:
        try:
            piece = self._connection.recv(_PIECE_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            raise ChannelClosedError from error
        if not piece:
            raise ChannelClosedError
        for content in self._stream.feed(piece):
            yield from self._parser.feed(content)

    @property
    def is_silent(self) -> bool:
        """Whether the container is there and has said nothing that nobody has read."""
        poll = select.poll()
        try:
            poll.register(self._connection, select.POLLIN)
        except ValueError:
            return False  # it was closed
        return not poll.poll(0)

    def break_off(self) -> None:
        """End the exchange of another thread, as if the container had ended."""
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Give the connection back; the container sees the end of its input."""
        self._connection.close()
