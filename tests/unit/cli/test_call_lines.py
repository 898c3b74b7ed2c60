from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainfaas.cli.call_lines import call_line, log_text, print_line_document
from chainfaas.domain.canonical_json import JsonValue

CALL: dict[str, JsonValue] = {
    "invocation": "inv_a",
    "state": "failed",
    "createdAtMs": 0,
    "endedAtMs": 1_000,
    "jobs": [
        {"status": "PROVIDER_LOST"},
        {
            "status": "FUNCTION_ERROR",
            "exitCode": 3,
            "billedMs": 7,
            "cost": "1000000000000000",
            "reason": "bad\x1b[31m\nluck",
        },
    ],
}


def test_call_line__last_attempt__how_it_ended_on_one_harmless_line() -> None:
    line = call_line(CALL)
    assert line.startswith("1970-01-01 00:00:01  inv_a  failed  FUNCTION_ERROR 3  7 ms  0.001 tokens")
    assert line.endswith("bad\\x1b[31m\\nluck")


def test_call_line__still_queued__when_it_was_made() -> None:
    assert call_line({"invocation": "inv_a", "state": "queued", "createdAtMs": 0}) == (
        "1970-01-01 00:00:00  inv_a  queued"
    )


@given(st.binary())
def test_log_text__any_bytes__lines_that_cannot_pass_for_a_calls_own(log: bytes) -> None:
    text = log_text(log)
    assert all(line.startswith("  ") for line in text.split("\n")[:-1])
    assert text == "" or text.endswith("\n")
    assert not set(text) - {"\n", "\t"} & {chr(code) for code in (*range(32), 127)}


def test_log_text__none_kept__says_so() -> None:
    assert log_text(None) == "  (no log)\n"


def test_print_line_document__log_with_lines__one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    print_line_document(CALL, b"a\nb\n")
    print_line_document(CALL, b"\xff")
    first, second = capsys.readouterr().out.splitlines()
    assert json.loads(first)["log"] == "a\nb\n"
    assert (json.loads(first)["status"], json.loads(first)["exitCode"]) == ("FUNCTION_ERROR", 3)
    assert json.loads(second)["logBase64"] == "/w=="
