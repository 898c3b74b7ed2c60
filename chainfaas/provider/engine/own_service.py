"""A service of ours that outlives the command that started it, found again by its record."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from chainfaas.chain.node.process import ProcessIdentity, read_process, spawn, terminate, write_process
from chainfaas.chain.node.waiting import wait_until
from chainfaas.provider.errors import EngineFailedError, EngineMissingError

_STOP_TIMEOUT_SECONDS = 30.0
_SYSTEM_FOLDERS = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, slots=True)
class OwnService:
    """Where a service of ours keeps its record and its log."""

    name: str
    record: Path
    log: Path

    def running(self) -> ProcessIdentity | None:
        """Return its process, if it runs."""
        process = read_process(self.record)
        return process if process is not None and process.is_alive() else None

    def start(self, arguments: Sequence[str], answers: Callable[[], bool], deadline: float) -> None:
        """Start the service and wait until it answers; one that does not is stopped again.

        Args:
            arguments: The program's full path and its arguments.
            answers: Says whether the service answers; asked again and again.
            deadline: When to give up, on `time.monotonic`'s clock.

        Raises:
            EngineFailedError: it ended, or does not answer in time.
        """
        process = spawn(arguments, self.log, {"PATH": _search_path(), "HOME": str(self.record.parent)})
        write_process(self.record, process)
        wait_until(lambda: answers() or not process.is_alive(), deadline)
        if not answers():
            self.stop()
            raise EngineFailedError(
                f"{self.name} did not come up: {_last_line(self.log)}", remedy=f"Read {self.log}."
            )

    def stop(self) -> None:
        """Stop the service and wait until it has ended; nothing happens where it does not run."""
        process = self.running()
        if process is not None:
            terminate(process, _STOP_TIMEOUT_SECONDS)
        self.record.unlink(missing_ok=True)


def locate_program(name: str, package: str) -> str:
    """Return a program's full path.

    Args:
        name: The program.
        package: Debian's package that has it.

    Raises:
        EngineMissingError: it is not installed.
    """
    path = find_program(name)
    if path is None:
        raise EngineMissingError(
            f"{name} is not installed.",
            remedy=f"On Debian or Ubuntu: sudo apt-get install {package}. Elsewhere: start Docker.",
        )
    return path


def find_program(name: str) -> str | None:
    """Return a program's full path, or None where it is not installed.

    Args:
        name: The program.
    """
    return shutil.which(name, path=_search_path())


def _search_path() -> str:
    # A user's own PATH often lacks the folders that hold services.
    return f"{os.environ.get('PATH', '')}:{_SYSTEM_FOLDERS}"


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines() if log.exists() else []
    return lines[-1] if lines else "it gave no reason."
