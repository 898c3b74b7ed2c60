"""A kit that runs a Python function published as a bundle, call after call.

The bundle is one source file with a function ``handle(content: bytes) -> bytes | str``. What it prints is
log; what it raises ends its call with an error and a traceback in the log. Frames are ``type u8 | length
u32 | content`` on descriptors 3 and 4; docs/reference/sandbox.md describes them.
"""

import os
import struct
import sys
import traceback
from collections.abc import Callable
from typing import BinaryIO

BUNDLE, CALL = 0x01, 0x02
READY, RESULT, ERROR = 0x81, 0x82, 0x83
HEADER = struct.Struct(">BI")

Handle = Callable[[bytes], bytes | str]


def hear(calls: BinaryIO) -> tuple[int, bytes] | None:
    """Return the next frame, or nothing where there will be none."""
    header = calls.read(HEADER.size)
    if not header:
        return None
    kind, length = HEADER.unpack(header)
    return kind, calls.read(length)


def say(results: BinaryIO, kind: int, content: bytes = b"") -> None:
    """Send a frame."""
    results.write(HEADER.pack(kind, len(content)) + content)
    results.flush()


def load(bundle: bytes) -> Handle:
    """Run the bundle's top level once and return its function."""
    scope: dict[str, object] = {"__name__": "function"}
    exec(compile(bundle, "function.py", "exec"), scope)  # noqa: S102 - running it is what the kit is for
    handle = scope.get("handle")
    if not callable(handle):
        sys.exit("The bundle has no function handle(content).")
    return handle


def answer(handle: Handle, content: bytes, results: BinaryIO) -> None:
    """Serve one call."""
    try:
        result = handle(content)
        output = result.encode() if isinstance(result, str) else bytes(result)
    except Exception:  # noqa: BLE001 - whatever the function raises is its answer
        traceback.print_exc()
        say(results, ERROR)
    else:
        say(results, RESULT, output)


def main() -> None:
    """Take the bundle, get ready, and serve calls until there are none."""
    with os.fdopen(3, "rb") as calls, os.fdopen(4, "wb") as results:
        first = hear(calls)
        if first is None or first[0] != BUNDLE:
            sys.exit("This kit needs a bundle.")
        handle = load(first[1])
        say(results, READY)
        while (call := hear(calls)) is not None:
            answer(handle, call[1], results)


main()
