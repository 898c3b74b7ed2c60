"""Help is quick because it loads nothing of what commands work with."""

from __future__ import annotations

import json
import subprocess
import sys

from chainfaas.cli.command_table import COMMANDS

PROGRAM = """
import contextlib, io, json, sys
from chainfaas.cli.main import main

for words in json.loads(sys.argv[1]):
    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
        main(words)
heavy = ("web3", "eth_account", "sqlalchemy", "structlog", "docker", "flask", "requests")
loaded = [name for name in heavy if type(sys.modules.get(name)).__name__ == "module"]
print(json.dumps(loaded))
"""


def test_help__every_command__loads_nothing_heavy() -> None:
    words = [["--help"], *([row.name, "--help"] for row in COMMANDS), ["wallet", "deposit", "--help"]]
    outcome = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(words)], capture_output=True, text=True, check=True
    )

    assert json.loads(outcome.stdout) == []
