"""Running a command of ours as a process of its own, as a person at another terminal would."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from chainfaas.chain.node.tool_run import run_tool
from chainfaas.domain.errors import ChainFaaSError

if TYPE_CHECKING:
    from chainfaas.chain.state_folder import StateFolder

_PROGRAM = "from chainfaas.cli.main import main; main()"
_TIMEOUT_SECONDS = 180.0


class PartFailedError(ChainFaaSError):
    """A part of the local system could not be brought where it should be."""

    code = "part-failed"


def run_own_command(folder: StateFolder, *words: str) -> str:
    """Run a command on a state folder, and return what it printed.

    Args:
        folder: The state folder.
        words: The command line behind the program's name.

    Raises:
        PartFailedError: It failed; the error has its words.
    """
    name = " ".join(words[:2])
    try:
        answer = run_tool(
            [sys.executable, "-c", _PROGRAM, "--home", str(folder.root), *words], _TIMEOUT_SECONDS
        )
    except TimeoutError as fault:
        raise PartFailedError(f"`chainfaas {name}` did not end: {fault}.") from fault
    if answer.succeeded:
        return answer.output
    message, remedy = _words_of(answer.last_error_line)
    raise PartFailedError(f"`chainfaas {name}` failed: {message}", remedy=remedy)


def _words_of(line: str) -> tuple[str, str | None]:
    try:
        error = json.loads(line)["error"]
        return str(error["message"]), str(error["remedy"])
    except (ValueError, KeyError, TypeError):
        return line, None
