"""Processes that outlive their starter, and strangers that are left alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chainfaas.chain.node.ports import choose_ports
from chainfaas.chain.node.process import (
    ProcessIdentity,
    read_process,
    read_start_time,
    send_signal,
    spawn,
    terminate,
    wait_for_exit,
    write_process,
)

SLEEP = [sys.executable, "-c", "import signal; print('ready', flush=True); signal.pause()"]
STUBBORN = [
    sys.executable,
    "-c",
    """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
while True:
    signal.pause()
""",
]

LISTENER = """
import socket, sys, threading, time
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
ballast = bytearray(128 << 20)
for _ in range(64):
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
print("ready", flush=True)
time.sleep(60)
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    os.mkfifo(tmp_path / "log")
    return tmp_path / "log"


def _spawn(arguments: list[str], log: Path) -> ProcessIdentity:
    """Start a program and wait until it has said that it is ready."""
    reader = os.open(log, os.O_RDONLY | os.O_NONBLOCK)
    process = spawn(arguments, log, {"PATH": "/usr/bin:/bin"})
    os.set_blocking(reader, True)
    with os.fdopen(reader) as lines:
        assert lines.readline() == "ready\n"
    return process


@pytest.fixture
def sleeper(log: Path) -> Iterator[ProcessIdentity]:
    process = _spawn(SLEEP, log)
    yield process
    terminate(process, 10)


def test_spawn__program__own_session_and_alive(sleeper: ProcessIdentity) -> None:
    assert sleeper.is_alive()
    assert os.getsid(sleeper.pid) == sleeper.pid


def test_terminate__running__gone_and_reaped(log: Path) -> None:
    process = _spawn(SLEEP, log)
    terminate(process, 10)

    assert not process.is_alive()
    assert read_start_time(process.pid) is None
    with pytest.raises(ChildProcessError):
        os.waitpid(process.pid, os.WNOHANG)


def test_terminate__ignores_the_request__forced(log: Path) -> None:
    process = _spawn(STUBBORN, log)
    terminate(process, 0.2)

    assert not process.is_alive()


def test_is_alive__killed_with_many_threads__gone_only_when_its_port_is_free(log: Path) -> None:
    [port] = choose_ports([0])
    process = _spawn([sys.executable, "-c", LISTENER, str(port)], log)
    send_signal(process, signal.SIGKILL)
    while process.is_alive():
        pass  # without a pause: what counts is the first moment at which it is said to be gone

    assert choose_ports([port]) == [port]


def test_terminate__pid_of_a_stranger__left_alone(sleeper: ProcessIdentity) -> None:
    # The record names a process that had this pid before.
    recorded = replace(sleeper, started=sleeper.started + "0")
    terminate(recorded, 10)

    assert not recorded.is_alive()
    assert sleeper.is_alive()


def test_send_signal__pid_of_nobody__nothing(log: Path) -> None:
    process = _spawn(SLEEP, log)
    terminate(process, 10)
    send_signal(process, 9)  # type: ignore[arg-type]

    assert wait_for_exit(process, 10)


def test_wait_for_exit__still_running__says_no(sleeper: ProcessIdentity) -> None:
    assert not wait_for_exit(sleeper, 0.01)


def test_is_alive__child_ended_unreaped__no() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    process = ProcessIdentity(child.pid, read_start_time(child.pid) or "")
    child.communicate(b"\n")

    assert not process.is_alive()


def test_read_process__written__same(tmp_path: Path, sleeper: ProcessIdentity) -> None:
    write_process(tmp_path / "p.json", sleeper)

    assert read_process(tmp_path / "p.json") == sleeper


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"pid": "x", "started": "y"}'])
def test_read_process__damaged__none(tmp_path: Path, text: str) -> None:
    (tmp_path / "p.json").write_text(text)

    assert read_process(tmp_path / "p.json") is None
