"""Text that somebody else wrote, made harmless for a terminal: neither markup nor control sequences."""

from __future__ import annotations

import unicodedata

from rich.text import Text

_KEPT = frozenset("\n\t")
_UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Controls, formats (which can turn the reading direction), and what no terminal agrees on."""


def plain(text: str) -> str:
    """Return a text with every character that a terminal could obey spelled out.

    Line feeds and tabs stay.

    Args:
        text: Whatever was written.
    """
    return "".join(each if _is_harmless(each) else _spelled(each) for each in text)


def plain_line(text: str) -> str:
    """Return a text on one line, with every character that a terminal could obey spelled out.

    Args:
        text: Whatever was written.
    """
    return "".join(each if _is_harmless(each) and each not in _KEPT else _spelled(each) for each in text)


def plain_bytes(raw: bytes) -> str:
    """Return bytes that should be UTF-8 as harmless text; what is none is spelled out.

    Args:
        raw: Whatever was written.
    """
    return plain(raw.decode("utf-8", "backslashreplace"))


def cell(text: object) -> Text:
    """Return a value as a table's cell, in which nothing is markup.

    Args:
        text: The value.
    """
    return Text(plain_line(str(text)), overflow="fold")


def _is_harmless(character: str) -> bool:
    return character in _KEPT or unicodedata.category(character) not in _UNSAFE_CATEGORIES


def _spelled(character: str) -> str:
    return (
        character.encode("unicode_escape").decode("ascii")
        if character not in _KEPT
        else repr(character)[1:-1]
    )
