"""Running another program to its end, with a bound on how long."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ToolAnswer:
    """What a program left behind."""

    succeeded: bool
    output: str
    """Its standard output."""

    last_error_line: str
    """The last line of its standard error, which is where programs say what went wrong."""


def run_tool(
    arguments: Sequence[str],
    timeout_seconds: float,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> ToolAnswer:
    """Run a program without a shell and without input.

    Args:
        arguments: The program and its arguments.
        timeout_seconds: After this long it is killed.
        environment: All of its environment variables; this process's own when absent.
        folder: Its working folder; this process's own when absent.

    Raises:
        OSError: It cannot be started.
        TimeoutError: It took too long.
    """
    try:
        # The arguments are a list of ours and reach no shell.
        answer = subprocess.run(  # noqa: S603
            arguments,
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=timeout_seconds,
        )
    except subprocess.TimeoutExpired as error:
        raise TimeoutError(f"{arguments[0]} took more than {timeout_seconds:g} s") from error
    lines = answer.stderr.strip().splitlines() or ["it gave no reason"]
    return ToolAnswer(answer.returncode == 0, answer.stdout, lines[-1])
