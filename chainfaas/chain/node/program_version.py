"""Asking a node program which release it is."""

from __future__ import annotations

import re
from pathlib import Path

from chainfaas.chain.node.tool_run import run_tool

_VERSION_LINE = re.compile(r"^Version: (\d+)\.(\d+)\.(\d+)", re.MULTILINE)
_LAST_WITH_CLIQUE = (1, 13)
_OLDEST = (1, 12)
_TIMEOUT_SECONDS = 60.0


def read_program_version(program: Path) -> tuple[int, int, int]:
    """Run ``geth version`` and return the three numbers.

    Args:
        program: The node program.

    Raises:
        OSError: It cannot be run, or does not answer in time.
        ValueError: It answers something else.
    """
    answer = run_tool([str(program), "version"], _TIMEOUT_SECONDS)
    found = _VERSION_LINE.search(answer.output)
    if found is None:
        raise ValueError("it does not answer `version` as geth does")
    major, minor, patch = (int(number) for number in found.groups())
    return major, minor, patch


def reason_against(program: Path) -> str | None:
    """Return why a program cannot run a signer, in one line, or nothing if it can.

    Args:
        program: The node program.
    """
    try:
        version = read_program_version(program)
    except (OSError, ValueError) as error:
        return f"{program} does not run: {error}"
    text = ".".join(map(str, version))
    if version[:2] > _LAST_WITH_CLIQUE:
        return f"{program} is version {text}, which no longer seals Clique"
    if version[:2] < _OLDEST:
        return f"{program} is version {text}, which is too old"
    return None
