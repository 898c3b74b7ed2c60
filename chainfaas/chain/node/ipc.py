"""JSON-RPC over a node's local socket, without web3: the launcher asks little and starts fast."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chainfaas.chain.node.errors import ChainUnreachableError, NodeRequestError

MAX_SOCKET_PATH_BYTES = 103
"""Longest path that every system takes for a socket: 104 bytes with the closing zero on macOS."""

_CHUNK_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class IpcEndpoint:
    """A node's socket; every request opens it anew."""

    path: Path
    timeout_seconds: float = 5.0

    def request(self, method: str, *parameters: object) -> Any:  # noqa: ANN401 - JSON has no narrower type
        """Ask the node and return the result as JSON values.

        Args:
            method: The JSON-RPC method.
            parameters: Its positional parameters.

        Raises:
            ChainUnreachableError: The node does not answer in time, or not with JSON-RPC.
            NodeRequestError: It answers with an error.
        """
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(parameters)}
        try:
            answer = json.loads(self._exchange(json.dumps(body).encode()))
        except (OSError, ValueError) as error:
            raise ChainUnreachableError(f"No node answers at {self.path}: {error}.") from error
        if "error" in answer:
            raise NodeRequestError(
                f"The node at {self.path} refused {method}: {answer['error'].get('message')}."
            )
        return answer.get("result")

    def _exchange(self, body: bytes) -> bytes:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(self.timeout_seconds)
            connection.connect(str(self.path))
            connection.sendall(body + b"\n")
            received = bytearray()
            # One answer is one line.
            while not received.endswith(b"\n"):
                chunk = connection.recv(_CHUNK_BYTES)
                if not chunk:
                    break
                received += chunk
            return bytes(received)
