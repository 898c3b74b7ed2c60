from __future__ import annotations

import json

import pytest

from chainfaas.cli.invocation_tables import invocations_table
from chainfaas.cli.output import print_error, print_json, print_table, progress
from chainfaas.domain.canonical_json import JsonValue
from chainfaas.domain.errors import ConfigurationError
from chainfaas.domain.identifiers import InvocationId

ERROR = ConfigurationError("The file [red]x[/red] is not there.", remedy="Make it.")


def test_print_error__person__what_and_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    print_error(ERROR, as_json=False)

    captured = capsys.readouterr()
    assert captured.out == ""
    assert "The file [red]x[/red] is not there.\n" in captured.err
    assert "→ Make it." in captured.err


def test_print_error__machine__one_document(capsys: pytest.CaptureFixture[str]) -> None:
    print_error(ERROR, as_json=True)

    assert json.loads(capsys.readouterr().err) == {
        "error": {"code": "configuration", "message": ERROR.message, "remedy": "Make it."}
    }


def test_print_json__document__parses_back(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"a": [1, None]})

    assert json.loads(capsys.readouterr().out) == {"a": [1, None]}


@pytest.mark.parametrize("columns", [40, 80, 250])
def test_print_table__long_id_on_any_terminal__whole_and_a_row_a_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    invocation = InvocationId(bytes(range(32)))
    call = {
        "invocation": str(invocation),
        "state": "succeeded",
        "name": "number-summary",
        "job": "2" * 19,
    }
    attempt: JsonValue = {"providerId": 3, "runMs": 41, "cost": "1000000000000000"}
    shown: dict[str, JsonValue] = {**call, "function": "fn-1", "jobs": [attempt], "createdAtMs": 0}
    print_table(invocations_table([shown] * 2))

    heading, *rows = capsys.readouterr().out.splitlines()
    assert heading.split() == ["invocation", "state", "function", "provider", "run", "cost", "job", "made"]
    *first, job = call.values()
    assert [row.split()[:8] for row in rows] == [[*first, "3", "41", "ms", "0.001", job]] * 2


def test_progress__no_terminal__lines_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("First") as tell:
        tell("Second [x]")

    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "First\nSecond [x]\n")
