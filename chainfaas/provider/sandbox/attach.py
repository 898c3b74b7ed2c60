"""Connecting to a container's stdin and stdout.

The engine's client keeps hold of such a connection, but a sandbox must see the end of its input at the moment
when it is given up. So this one is made here: an HTTP request that the engine answers by leaving HTTP
(ContainerAttach in the Docker Engine API).
"""

from __future__ import annotations

import socket
from pathlib import Path

from chainfaas.provider.errors import EngineFailedError

_TIMEOUT_SECONDS = 30.0
_HEAD_MAX_BYTES = 8_192
_HEAD_END = b"\r\n\r\n"
_SWITCHING_PROTOCOLS = b"HTTP/1.1 101 "


def attach(engine_socket: Path, container: str) -> socket.socket:
    """Return a connection to a container that is yet to start.

    Args:
        engine_socket: The engine's socket.
        container: The container's name.

    Raises:
        EngineFailedError: the engine does not answer, or refuses.
    """
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(_TIMEOUT_SECONDS)
        connection.connect(str(engine_socket))
        connection.sendall(
            f"POST /containers/{container}/attach?stream=1&stdin=1&stdout=1 HTTP/1.1\r\n"
            "Host: engine\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 0\r\n\r\n".encode()
        )
        head = _read_head(connection)
        if not head.startswith(_SWITCHING_PROTOCOLS):
            first_line = head.split(b"\r\n")[0].decode(errors="replace")
            raise EngineFailedError(f"The engine did not connect to {container}: {first_line}.")
    except OSError as error:
        connection.close()
        raise EngineFailedError(f"The engine did not connect to {container}: {error}.") from error
    except BaseException:
        connection.close()
        raise
    return connection


def _read_head(connection: socket.socket) -> bytes:
    # Byte by byte, so that nothing of the container's is taken with it.
    head = bytearray()
    while not head.endswith(_HEAD_END) and len(head) < _HEAD_MAX_BYTES:
        piece = connection.recv(1)
        if not piece:
            break
        head += piece
    return bytes(head)
