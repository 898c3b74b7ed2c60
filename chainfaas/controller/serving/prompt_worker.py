"""gunicorn's threaded worker, with threads for requests that have arrived and not for those on their way."""

# ruff: noqa: ANN401 - gunicorn's own

from __future__ import annotations

import json
import socket
import struct
import time
from contextlib import suppress
from functools import partial
from typing import Any

from gunicorn.workers.gthread import _DEFER, ThreadWorker

from chainfaas.controller.errors import ProblemFacts
from chainfaas.controller.problems import problem_document
from chainfaas.controller.serving.body_reader import BodyReader, is_readable
from chainfaas.controller.serving.gathering import missing_bytes, read_seconds
from chainfaas.controller.share import Share
from chainfaas.domain.errors import ChainFaaSError
from chainfaas.domain.wire.problems import PROBLEM_CONTENT_TYPE

SLOW_PART = 8
"""One in so many threads may wait for the rest of a long request, half of these for one address."""
SEND_SECONDS = 10
"""How long an answer may stand still because nobody reads it."""

# Clients that send head and body in two goes are worth the wait, which is shorter than a round of the poller.
_GRACE_SECONDS = 0.005
_PIECE_BYTES = 64 * 1024


class PromptWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn carries no types
    """Gathers requests without a thread; closes what does not arrive, and the oldest if there are many."""

    def __init__(self, *given: Any, **named: Any) -> None:
        """Take what gunicorn gives."""
        super().__init__(*given, **named)
        places = max(2, self.cfg.threads // SLOW_PART)
        self._slow = Share(places, places // 2)

    def handle(self, conn: Any) -> Any:
        """Serve a connection's next request if it has arrived. Runs in a thread.

        Args:
            conn: gunicorn's connection.

        Returns:
            Whether the connection stays, or that it waits for more without a thread.
        """
        try:
            outcome = self._gather(conn)
        except OSError:
            return False
        if outcome is not True:
            return outcome
        conn.data_ready = True
        received, conn.received = conn.received, bytearray()
        try:
            conn.sock.settimeout(None)
            conn.init()
        except OSError:
            return False
        if not isinstance(conn.parser.unreader, BodyReader):
            conn.parser.unreader = BodyReader(conn.sock, conn.client[0], self._slow)
        conn.parser.unreader.begin(received, conn.began_seconds)
        stays = super().handle(conn)
        return bool(stays) and not conn.parser.unreader.has_failed

    def finish_request(self, conn: Any, fs: Any) -> None:
        """Put a connection where it belongs.

        Args:
            conn: gunicorn's connection.
            fs: What `handle` returned.
        """
        super().finish_request(conn, fs)
        if self.pending_conns and self.pending_conns[-1] is conn:
            began = conn.began_seconds if conn.received else time.monotonic()
            conn.timeout = began + read_seconds(len(conn.received))

    def murder_pending(self) -> None:
        """Close connections whose request does not arrive, and the oldest if no other could come in."""
        now = time.monotonic()
        for conn in [each for each in self.pending_conns if each.timeout <= now]:
            self._drop(self.pending_conns, conn)
        for waiting in (self.pending_conns, self.keepalived_conns):
            while waiting and self.nr_conns >= self.worker_connections:
                self._drop(waiting, waiting[0])

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """Answer a request that could not be read.

        Args:
            req: gunicorn's request, if there is one.
            client: The socket.
            addr: Where it comes from.
            exc: What happened.
        """
        if not isinstance(exc, ChainFaaSError) or not isinstance(exc, ProblemFacts):
            super().handle_error(req, client, addr, exc)
            return
        document = problem_document(exc)
        body = json.dumps(document).encode()
        head = (
            f"HTTP/1.1 {document['status']} {document['code']}\r\nConnection: close\r\n"
            f"Retry-After: {exc.retry_after_seconds}\r\nContent-Type: {PROBLEM_CONTENT_TYPE}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        try:
            client.sendall(head.encode() + body)
        except OSError as gone:
            self.log.debug("Nobody reads why a request failed: %s", gone)

    def _gather(self, conn: Any) -> Any:
        if not hasattr(conn, "received"):
            conn.received, conn.began_seconds = bytearray(), 0.0
            conn.close = partial(_close, conn.sock)
            stalled = struct.pack("ll", SEND_SECONDS, 0)
            conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, stalled)
        if conn.initialized and not conn.received:
            conn.received += conn.parser.unreader.take_buffered()
            conn.began_seconds = time.monotonic()
        has_waited = False
        while missing := missing_bytes(conn.received):
            try:
                piece = conn.sock.recv(min(missing, _PIECE_BYTES), socket.MSG_DONTWAIT)
            except BlockingIOError:
                if has_waited or not is_readable(conn.sock, _GRACE_SECONDS):
                    return _DEFER
                has_waited = True
                continue
            if not piece:
                return False
            if not conn.received:
                conn.began_seconds = time.monotonic()
            conn.received += piece
        return True

    def _drop(self, waiting: Any, conn: Any) -> None:
        waiting.remove(conn)
        self.poller.unregister(conn.sock)
        self.nr_conns -= 1
        conn.close()


def _close(connection: socket.socket, *, graceful: bool = False) -> None:
    # gunicorn lingers for seconds in its one loop, in which it would serve nobody else.
    with suppress(OSError):
        if graceful:
            connection.shutdown(socket.SHUT_WR)
            connection.recv(_PIECE_BYTES, socket.MSG_DONTWAIT)
    connection.close()
