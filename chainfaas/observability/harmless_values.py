"""Keeps what others wrote from looking like a log line of its own, or from commanding a terminal."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import structlog

_UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Controls, line ends of every kind, formats (which can turn the reading direction), and what is none."""
_OWN_LINES = frozenset({"exception", "stack"})
"""Traces, which are many lines on purpose: their line feeds stay, and each is moved in."""
_MARGIN = "    | "


def harmless_values(
    logger: object, method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Spell out every character of a line's texts that is no plain one.

    Args:
        logger: Not looked at.
        method: Not looked at.
        event: The line.
    """
    del logger, method
    for name, value in event.items():
        if isinstance(value, str):
            if name in _OWN_LINES:
                event[name] = "\n".join(_MARGIN + _spelled(line) for line in value.split("\n"))
            else:
                event[name] = _spelled(value)
        elif not isinstance(value, bool | int | float | None):
            event[name] = _spelled(str(value))
    return event


def _spelled(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        each
        if unicodedata.category(each) not in _UNSAFE_CATEGORIES
        else each.encode("unicode_escape").decode("ascii")
        for each in text
    )
