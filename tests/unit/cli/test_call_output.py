from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from chainfaas.cli.call_output import answer_document, show_answer, write_output
from chainfaas.cli.invocation_tables import attempts_table, invocations_table
from chainfaas.client.answers import CallAnswer, CallFacts
from chainfaas.domain.amounts import TokenAmount
from chainfaas.domain.canonical_json import JsonValue
from chainfaas.domain.errors import ConfigurationError
from chainfaas.domain.identifiers import InvocationId, JobId

EVIL = b"[bold]ok[/bold]\x1b]0;title\x07\x1b[2J\nnext"
FACTS = CallFacts(InvocationId(bytes(32)), JobId(5), TokenAmount(10**15), None, {"cmp": 1.5})


class Terminal(io.StringIO):
    """Standard output that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_write_output__terminal__nothing_that_it_obeys(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    write_output(EVIL, "text/plain", None)

    assert terminal.getvalue() == "[bold]ok[/bold]\\x1b]0;title\\x07\\x1b[2J\nnext\n"


def test_write_output__binary_on_a_terminal__a_hint_instead(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    write_output(b"\x89PNG\xff", "image/png", None)

    assert terminal.getvalue() == ""
    assert "--output" in capsys.readouterr().err


def test_write_output__pipe__bytes_as_they_are(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    write_output(EVIL, "text/plain", None)

    assert capfdbinary.readouterr().out == EVIL


def test_write_output__file__bytes_as_they_are(tmp_path: Path) -> None:
    write_output(EVIL, "text/plain", tmp_path / "out")

    assert (tmp_path / "out").read_bytes() == EVIL
    with pytest.raises(ConfigurationError, match="cannot be written"):
        write_output(EVIL, "text/plain", tmp_path)


@pytest.mark.parametrize(("output", "member"), [(b"ok", "output"), (b"\xff", "outputBase64")])
def test_answer_document__output__text_or_base64(output: bytes, member: str) -> None:
    document = answer_document(CallAnswer(output, "text/plain", FACTS))

    assert {"output", "outputBase64"} & set(document) == {member}
    assert (document["job"], document["cost"]) == ("5", str(10**15))


def test_show_answer__machine__one_document(capsys: pytest.CaptureFixture[str]) -> None:
    show_answer(CallAnswer(b"ok", "text/plain", FACTS), None, as_json=True)

    captured = capsys.readouterr()
    assert (json.loads(captured.out)["output"], captured.err) == ("ok", "")


def test_tables__words_of_strangers__neither_markup_nor_controls() -> None:
    attempt: JsonValue = {"job": "[b]1[/b]", "billedMs": 3}
    call: dict[str, JsonValue] = {"invocation": "[red]i[/red]", "state": "\x1b[2J", "jobs": [attempt]}
    written = io.StringIO()
    console = Console(file=written, width=200, force_terminal=True, color_system=None)
    console.print(invocations_table([call]))
    console.print(attempts_table(call))

    assert "[red]i[/red]" in written.getvalue()
    assert "[b]1[/b]" in written.getvalue()
    assert "\x1b[2J" not in written.getvalue()
