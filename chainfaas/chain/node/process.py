"""Processes that outlive the command that started them, found again by pid and start time."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from chainfaas.chain.node.errors import NodeStopError
from chainfaas.chain.node.tool_run import run_tool

_PROC = Path("/proc")
_POLL_SECONDS = 0.05
_PS_TIMEOUT_SECONDS = 10.0
_STAT_STATE = 0
_STAT_START_TIME = 19
"""Places of state and start time in /proc/PID/stat, counted after the closing parenthesis (proc(5))."""


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """A process and nothing else: a pid alone may belong to a stranger by now."""

    pid: int
    started: str
    """When it started, in the system's own words, with the boot it belongs to."""

    def is_alive(self) -> bool:
        """Say whether this very process still runs; a child that has ended is reaped."""
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, os.WNOHANG)
        return read_start_time(self.pid) == self.started


def spawn(arguments: Sequence[str], log_path: Path, environment: Mapping[str, str]) -> ProcessIdentity:
    """Start a process in a session of its own, with its output in a log file.

    Args:
        arguments: The program's full path and its arguments.
        log_path: Its standard output and error are added to this file.
        environment: All of its environment variables.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    pid = os.posix_spawn(
        arguments[0],
        list(arguments),
        dict(environment),
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(log_path), flags, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )
    # Not absent: a child that ended at once is there until it is reaped.
    return ProcessIdentity(pid, read_start_time(pid) or "ended")


def terminate(process: ProcessIdentity, timeout_seconds: float) -> None:
    """Ask a process to end, wait, and end it the hard way when it does not; a stranger is left alone.

    Args:
        process: The process; nothing happens if it has ended.
        timeout_seconds: How long each of the two ways may take.

    Raises:
        NodeStopError: It is there after both.
    """
    for number in (signal.SIGTERM, signal.SIGKILL):
        send_signal(process, number)
        if wait_for_exit(process, timeout_seconds):
            return
    raise NodeStopError(f"Process {process.pid} did not end within {2 * timeout_seconds:g} s.")


def send_signal(process: ProcessIdentity, number: signal.Signals) -> None:
    """Send a signal to this very process, or to none.

    Args:
        process: The process; nothing happens if it has ended.
        number: The signal.
    """
    with contextlib.suppress(ProcessLookupError), _hold(process) as descriptor:
        if not process.is_alive():
            return
        if descriptor is None:
            os.kill(process.pid, number)
        else:
            signal.pidfd_send_signal(descriptor, number)


def wait_for_exit(process: ProcessIdentity, timeout_seconds: float) -> bool:
    """Wait until a process has ended, and say whether it has.

    Args:
        process: The process.
        timeout_seconds: How long to wait at most.
    """
    deadline = time.monotonic() + timeout_seconds
    with contextlib.suppress(ProcessLookupError), _hold(process) as descriptor:
        while process.is_alive() and (left := deadline - time.monotonic()) > 0:
            if descriptor is None:
                time.sleep(min(_POLL_SECONDS, left))
            else:
                poll = select.poll()
                poll.register(descriptor, select.POLLIN)
                poll.poll(left * 1000)
    return not process.is_alive()


@contextlib.contextmanager
def _hold(process: ProcessIdentity) -> Iterator[int | None]:
    """Keep a handle on the process where the system has such handles, so that its pid cannot be reused."""
    if not hasattr(os, "pidfd_open"):
        yield None
        return
    descriptor = os.pidfd_open(process.pid)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def read_start_time(pid: int) -> str | None:
    """Return when a process started, or nothing if it has ended.

    Args:
        pid: The process's number.
    """
    if not _PROC.joinpath("self", "stat").exists():
        return _read_start_time_from_ps(pid)
    try:
        stat = _PROC.joinpath(str(pid), "stat").read_text(encoding="utf-8", errors="replace")
        boot = _PROC.joinpath("sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return None
    # The program's name is in parentheses and may itself hold some.
    fields = stat.rpartition(")")[2].split()
    if fields[_STAT_STATE] in {"Z", "X"} and not _has_other_threads(pid):
        return None
    return f"{boot}:{fields[_STAT_START_TIME]}"


def _has_other_threads(pid: int) -> bool:
    # A killed process looks ended once its first thread is; its ports and files are held until the last.
    try:
        return len(list(_PROC.joinpath(str(pid), "task").iterdir())) > 1
    except OSError:
        return False


def _read_start_time_from_ps(pid: int) -> str | None:
    answer = run_tool(["ps", "-o", "lstart=,state=", "-p", str(pid)], _PS_TIMEOUT_SECONDS)
    text = answer.output.strip()
    if not text or text.split()[-1].startswith("Z"):
        return None
    return text.rpartition(" ")[0].strip()


def write_process(path: Path, process: ProcessIdentity) -> None:
    """Record a process so that a later command finds it.

    Args:
        path: The record's file.
        process: The process.
    """
    unfinished = path.with_suffix(".tmp")
    unfinished.write_text(json.dumps(asdict(process)), encoding="utf-8")
    unfinished.replace(path)


def read_process(path: Path) -> ProcessIdentity | None:
    """Return the process of a record, if it is there and can be understood; it may have ended.

    Args:
        path: The record's file.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return ProcessIdentity(int(document["pid"]), str(document["started"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
