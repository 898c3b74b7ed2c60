"""Running a command line inside the test's own process."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from chainfaas.cli.main import main


@dataclass(frozen=True)
class CommandOutcome:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def error(self) -> dict[str, str]:
        """The error's document, of a command that was asked for JSON: the last line, behind any progress."""
        document: dict[str, dict[str, str]] = json.loads(self.err.splitlines()[-1])
        return document["error"]


CommandRun = Callable[..., CommandOutcome]


def run_command(capture: pytest.CaptureFixture[str], *words: str) -> CommandOutcome:
    """Run a command line and return how it ended.

    Args:
        capture: The test's own.
        words: The command line after the program's name.
    """
    with pytest.raises(SystemExit) as ended:
        main(words)
    captured = capture.readouterr()
    return CommandOutcome(int(ended.value.code or 0), captured.out, captured.err)
