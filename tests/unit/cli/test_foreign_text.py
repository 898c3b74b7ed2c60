from __future__ import annotations

import unicodedata
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from chainfaas.cli.foreign_text import cell, plain, plain_bytes, plain_line


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("\x1b[2Jgone", "\\x1b[2Jgone"),
        ("\x9b31m", "\\x9b31m"),
        ("over\rwritten", "over\\rwritten"),
        ("\u202eright to left", "\\u202eright to left"),
        ("ünïcode ✓", "ünïcode ✓"),
    ],
)
def test_plain__what_a_terminal_could_obey__spelled_out(written: str, shown: str) -> None:
    assert plain(written) == shown


@given(st.binary())
def test_plain_bytes__anything__no_control_is_left(raw: bytes) -> None:
    left = set(plain_bytes(raw)) - set("\n\t")

    assert not {each for each in left if unicodedata.category(each) in {"Cc", "Cf", "Cs"}}


@given(st.text())
def test_plain_line__anything__one_line(text: str) -> None:
    assert len(plain_line(text).splitlines()) <= 1


def test_cell__markup__printed_as_it_is() -> None:
    written = StringIO()
    Console(file=written, width=80).print(cell("[bold]x[/bold] [link=http://a]y"))

    assert written.getvalue().strip() == "[bold]x[/bold] [link=http://a]y"
