"""Starts provider daemons as processes of their own, quickly: everything is loaded once, then forked.

Run as a program it reads a command a line from its standard input and answers each with a line::

    {"start": "/folder", "crash_at": "before_run"}   ->  {"pid": 17}
    {"wait": 17}                                     ->  {"status": -9}
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from chainfaas.observability.crash_points import CRASH_VARIABLE
from chainfaas.observability.logs import configure_logs
from chainfaas.provider.bootstrap.run_provider import run_provider
from chainfaas.provider.settings import load_provider_settings
from tests.integration.provider.sandboxes import echo, noop_sandboxes

ROOT = Path(__file__).resolve().parents[3]


class Nursery:
    """The other side of the program's standard input."""

    def __init__(self, log: Path) -> None:
        """Start the program.

        Args:
            log: Where the daemons' output goes.
        """
        self.log = log
        with log.open("ab") as file:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.integration.provider.daemon_nursery"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=file,
                cwd=ROOT,
            )

    def start(self, folder: Path, crash_at: str | None = None) -> int:
        """Start a daemon; returns its pid."""
        return int(self._ask({"start": str(folder), "crash_at": crash_at})["pid"])

    def wait(self, pid: int) -> int:
        """Wait for a daemon's end; returns its exit code, or minus the signal that ended it."""
        return int(self._ask({"wait": pid})["status"])

    def close(self) -> None:
        """End the program."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def _ask(self, command: dict[str, object]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(command).encode() + b"\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


def main() -> None:
    """Serve commands until the input ends."""
    for line in sys.stdin:
        command = json.loads(line)
        if "start" in command:
            answer = {"pid": _fork(Path(command["start"]), command["crash_at"])}
        else:
            _, status = os.waitpid(command["wait"], 0)
            answer = {"status": os.waitstatus_to_exitcode(status)}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _fork(folder: Path, crash_at: str | None) -> int:
    pid = os.fork()
    if pid:
        return pid
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    if crash_at is not None:
        os.environ[CRASH_VARIABLE] = crash_at
    try:
        configure_logs(as_json=True)
        run_provider(folder, load_provider_settings(folder), noop_sandboxes(echo))
    except BaseException as fault:  # noqa: BLE001 - a child must never return into the parent's loop
        sys.stderr.write(f"{fault!r}\n")
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    main()
