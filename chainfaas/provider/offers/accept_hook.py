"""A program of the owner's that says of each job whether it may run. What goes wrong means no."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

import structlog

_SAYS_NO = "The owner of this provider says no."
_FAILED = "This provider could not ask its owner's rules."
_PATH = "/usr/local/bin:/usr/bin:/bin"

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class AcceptHook:
    """Asks a program: it gets one JSON document on its standard input, and exit code 0 means yes.

    It gets nothing else of this process: no environment but PATH, no further files. What it prints is lost.

    Attributes:
        program: The program, which is executable.
        timeout_seconds: How long it may take; then it is killed with what it started.
    """

    program: Path
    timeout_seconds: float

    def ask(self, facts: dict[str, object]) -> str | None:
        """Return why a job may not run, or None if it may.

        Args:
            facts: What the program is told of the job.
        """
        try:
            asked = subprocess.Popen(  # noqa: S603 - the owner's own program, without any words of others
                [str(self.program)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={"PATH": _PATH},
                cwd="/",
                start_new_session=True,
            )
        except OSError as fault:
            return _failed(f"it cannot be started: {fault.strerror}")
        try:
            asked.communicate(json.dumps(facts).encode() + b"\n", self.timeout_seconds)
        except subprocess.TimeoutExpired:
            return _failed(f"it took more than {self.timeout_seconds} s")
        finally:
            _end(asked)
        return None if asked.returncode == 0 else _SAYS_NO


def _failed(why: str) -> str:
    _log.warning("The accept hook does not answer, which means no.", action="hook_failed", fault=why)
    return _FAILED


def _end(asked: subprocess.Popen[bytes]) -> None:
    # What it started may live on in its session, also where it has ended itself.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(asked.pid, signal.SIGKILL)
    asked.wait()
    if asked.stdin is not None:
        asked.stdin.close()
