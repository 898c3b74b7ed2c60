"""The engine's own framing of an attached container's output.

Each piece is ``stream u8 | 3 zero bytes | length u32`` and so many bytes (ContainerAttach in the Docker
Engine API).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from chainfaas.provider.errors import SandboxProtocolError

_HEADER = struct.Struct(">BxxxI")
_STREAMS = 3


class AttachStream:
    """Takes the framing off, without holding more than a header."""

    def __init__(self) -> None:
        """Start at the beginning of a header."""
        self._header = bytearray()
        self._left_bytes = 0

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Take bytes from the engine and yield what the container wrote.

        Args:
            piece: Bytes as they came.

        Raises:
            SandboxProtocolError: this is not the engine's framing.
        """
        rest = memoryview(piece)
        while rest:
            if self._left_bytes:
                content, rest = rest[: self._left_bytes], rest[self._left_bytes :]
                self._left_bytes -= len(content)
                yield bytes(content)
                continue
            missing = _HEADER.size - len(self._header)
            self._header += rest[:missing]
            rest = rest[missing:]
            if len(self._header) == _HEADER.size:
                self._begin_content()

    def _begin_content(self) -> None:
        stream, self._left_bytes = _HEADER.unpack(self._header)
        self._header.clear()
        if stream >= _STREAMS:
            raise SandboxProtocolError(f"The engine sent output of a stream {stream}, which there is not.")
