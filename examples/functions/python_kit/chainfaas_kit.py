"""The Python kit of ChainFaaS: one file without dependencies, which takes call after call for one function.

A function is written so, in a file that is published as a bundle::

    from chainfaas_kit import FunctionError, handler, log

    @handler
    def total(order: dict) -> dict:
        if "items" not in order:
            raise FunctionError("an order has items")
        log.info("%d items", len(order["items"]))
        return {"total": sum(order["items"])}

The annotation of the parameter says what it gets: ``bytes`` (also without one) the input as it came, ``str``
UTF-8 text, anything else JSON, of that type where it is a JSON type. ``bytes`` and ``str`` go back as they
are, ``None`` as nothing, anything else as JSON. With ``@handler(json=True)`` it is JSON both ways, whatever
the annotations. A bundle without the decorator is served by its function ``handle``.

Whatever it prints is log. An exception ends its call as a failure of the function, with a traceback in the
log; `FunctionError` does without one. The process goes on to the next call, so what a call leaves in
module-level names the next one finds; ``sys.exit`` ends the process.

As a program: ``chainfaas_kit.py`` serves the bundle that it is sent, ``chainfaas_kit.py serve FILE`` a
function that lies in its image, ``chainfaas_kit.py once FILE`` makes one call on standard input and output.
Frames are ``type u8 | length u32, big-endian | content`` on descriptors 3 and 4; docs/reference/sandbox.md of
ChainFaaS describes them. Python 3.9 or newer.
"""

from __future__ import annotations

import json as json_format
import logging
import os
import struct
import sys
import traceback
import typing
from collections.abc import Callable
from typing import Any, BinaryIO, overload

BUNDLE, CALL = 0x01, 0x02
READY, RESULT, ERROR = 0x81, 0x82, 0x83
HEADER = struct.Struct(">BI")
ERROR_MAX_BYTES = 65_536
MODULE = "chainfaas_kit"
JSON_TYPES = {
    dict: "an object",
    list: "a list",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
}

log = logging.getLogger("function")
"""Writes lines into the call's log, by default from level INFO; ``LOG_LEVEL`` in the environment sets it."""


class FunctionError(Exception):
    """Ends a call as failed, with its text as the last line of the log."""


class Handler:
    """A function with what the kit knows of it; called by hand, it is the function."""

    def __init__(self, function: Callable[[Any], Any], *, json: bool = False) -> None:
        """Look at the function's annotations.

        Args:
            function: Takes the input and returns the output.
            json: Whether both are JSON, whatever the annotations say.
        """
        self.function = function
        self.is_json = json
        self.takes = _parameter_type(function)
        self.__doc__ = function.__doc__

    def __call__(self, content: Any) -> Any:  # noqa: ANN401 - whatever the function takes and returns
        """Call the function itself, as a test of it does."""
        return self.function(content)

    def answer(self, content: bytes) -> bytes:
        """Return the output for an input, both as bytes.

        Raises:
            FunctionError: The input is not what the function takes, or the output is no JSON.
            Exception: Whatever the function raises.
        """
        return self._write(self.function(self._read(content)))

    def _read(self, content: bytes) -> Any:  # noqa: ANN401
        if not self.is_json and self.takes is bytes:
            return content
        try:
            text = content.decode()
            if not self.is_json and self.takes is str:
                return text
            value = json_format.loads(text)
        except UnicodeDecodeError as fault:
            raise FunctionError(f"the input is no UTF-8: {fault}") from fault
        except ValueError as fault:
            raise FunctionError(f"the input is no JSON: {fault}") from fault
        if self.takes in JSON_TYPES and not _fits(value, self.takes):
            raise FunctionError(f"the input is not {JSON_TYPES[self.takes]}")
        return value

    def _write(self, value: Any) -> bytes:  # noqa: ANN401
        if not self.is_json:
            if value is None:
                return b""
            if isinstance(value, str):
                return value.encode()
            if isinstance(value, (bytes, bytearray, memoryview)):
                return bytes(value)
        try:
            return json_format.dumps(value, ensure_ascii=False, allow_nan=False).encode()
        except (TypeError, ValueError) as fault:
            raise FunctionError(f"the output is no JSON: {fault}") from fault


@overload
def handler(function: Callable[[Any], Any]) -> Handler: ...
@overload
def handler(*, json: bool = False) -> Callable[[Callable[[Any], Any]], Handler]: ...
def handler(
    function: Callable[[Any], Any] | None = None, *, json: bool = False
) -> Handler | Callable[[Callable[[Any], Any]], Handler]:
    """Make a function the one that takes the calls; a bundle has exactly one.

    Args:
        function: The function.
        json: Whether input and output are JSON, whatever the annotations say.
    """
    if function is None:
        return lambda decorated: Handler(decorated, json=json)
    return Handler(function, json=json)


def load(source: bytes, name: str = "function.py") -> Handler:
    """Run a source's top level once and return its handler; ends the process where it has none.

    Args:
        source: Python.
        name: What tracebacks call the file.
    """
    # The source imports the kit that runs, not a second one.
    sys.modules.setdefault(MODULE, sys.modules[__name__])
    scope: dict[str, Any] = {"__name__": "function", "__file__": name}
    exec(compile(source, name, "exec"), scope)  # noqa: S102 - running it is what the kit is for
    found = {id(each): each for each in scope.values() if isinstance(each, Handler)}
    if len(found) > 1:
        sys.exit("The function's file has more than one @handler.")
    if found:
        return next(iter(found.values()))
    plain = scope.get("handle")
    if not callable(plain):
        sys.exit("The function's file has no @handler, and no function handle(content).")
    return Handler(plain)


def serve(calls: BinaryIO, results: BinaryIO, source: bytes | None = None) -> None:
    """Take the bundle, get ready, and answer calls until there are none.

    Args:
        calls: Where frames come from.
        results: Where frames go.
        source: The function; the bundle, which comes first, if absent.
    """
    if source is None:
        first = hear(calls)
        if first is None or first[0] != BUNDLE:
            sys.exit("This image needs a bundle.")
        source = first[1]
    function = load(source)
    say(results, READY)
    while (call := hear(calls)) is not None:
        kind, content = call
        if kind == CALL:
            say(results, *_attempt(function, content))


def hear(calls: BinaryIO) -> tuple[int, bytes] | None:
    """Return the next frame, or nothing where there will be none."""
    header = calls.read(HEADER.size)
    if len(header) < HEADER.size:
        return None
    kind, length = HEADER.unpack(header)
    return kind, calls.read(length)


def say(results: BinaryIO, kind: int, content: bytes = b"") -> None:
    """Send a frame, after everything that was printed before it."""
    sys.stdout.flush()
    sys.stderr.flush()
    results.write(HEADER.pack(kind, len(content)) + content)
    results.flush()


def main(words: list[str]) -> None:
    """Run the kit.

    Args:
        words: The command line behind the program's name.
    """
    logging.basicConfig(
        stream=sys.stderr,
        level=os.environ.get("LOG_LEVEL", "INFO").upper(),
        format="%(levelname)s %(message)s",
    )
    if len(words) == 2 and words[0] == "once":
        sys.exit(_once(words[1]))
    if words and (len(words) != 2 or words[0] != "serve"):
        sys.exit("usage: chainfaas_kit.py [serve FILE | once FILE]")
    with os.fdopen(3, "rb") as calls, os.fdopen(4, "wb") as results:
        serve(calls, results, _read_file(words[1]) if words else None)


def _attempt(function: Handler, content: bytes) -> tuple[int, bytes]:
    try:
        return RESULT, function.answer(content)
    except FunctionError as fault:
        return ERROR, f"{fault}\n".encode(errors="replace")[:ERROR_MAX_BYTES]
    except Exception as fault:  # noqa: BLE001 - whatever the function raises is its answer
        place = fault.__traceback__
        while place is not None and place.tb_frame.f_code.co_filename == __file__:
            place = place.tb_next  # the kit's own lines say nothing about the function
        traceback.print_exception(type(fault), fault, place)
        return ERROR, b""


def _once(file: str) -> int:
    output, sys.stdout = sys.stdout, sys.stderr  # what it prints is log here too
    kind, content = _attempt(load(_read_file(file), file), sys.stdin.buffer.read())
    (output if kind == RESULT else sys.stderr).buffer.write(content)
    output.flush()
    return 0 if kind == RESULT else 1


def _read_file(name: str) -> bytes:
    with open(name, "rb") as file:  # noqa: PTH123 - pathlib takes longer to load than this kit
        return file.read()


def _parameter_type(function: Callable[[Any], Any]) -> Any:  # noqa: ANN401 - any annotation
    code = getattr(function, "__code__", None)
    if code is None or not code.co_argcount:
        return bytes
    wanted = typing.get_type_hints(function).get(code.co_varnames[0], bytes)
    return typing.get_origin(wanted) or wanted


def _fits(value: object, wanted: type) -> bool:
    if wanted is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, wanted) and (wanted is bool or not isinstance(value, bool))


if __name__ == "__main__":
    main(sys.argv[1:])
