"""A provider as a service: what it tells systemd, and the unit that systemd reads."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from chainfaas.chain.node.ports import choose_ports
from chainfaas.domain.errors import InvalidInputError
from chainfaas.domain.identifiers import VersionId
from chainfaas.observability.service_notices import ServiceNotices
from chainfaas.provider.bootstrap.lookout import lookout
from chainfaas.provider.bootstrap.service_unit import UnitPlace, service_unit, unit_word
from chainfaas.provider.daemon.live_state import LiveState, read_live_state
from chainfaas.provider.settings import load_provider_settings
from tests.integration.provider.daemon_nursery import Nursery
from tests.integration.provider.provider_world import ProviderWorld

CONFIG = """\
provider_id = 7
controllers = ["http://127.0.0.1:8080/"]
rpc = "/somewhere/geth.ipc"
deployments = "/somewhere/deployments.json"
"""
WAIT_SECONDS = 20


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as made:
        made.bind(str(tmp_path / "notify"))
        made.settimeout(WAIT_SECONDS)
        yield made


def test_notices__ready_alive_stopping__as_systemd_reads_them(
    listener: socket.socket, tmp_path: Path
) -> None:
    notices = ServiceNotices(str(tmp_path / "notify"))
    notices.ready()
    notices.alive()
    notices.stopping()
    assert [listener.recv(100) for _ in range(3)] == [b"READY=1", b"WATCHDOG=1", b"STOPPING=1"]


def test_notices__abstract_socket__reached() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as made:
        made.bind("")  # the kernel chooses an abstract name
        made.settimeout(WAIT_SECONDS)
        ServiceNotices("@" + made.getsockname()[1:].decode()).ready()
        assert made.recv(100) == b"READY=1"


def test_notices__listener_gone__nothing_happens(tmp_path: Path) -> None:
    ServiceNotices(str(tmp_path / "nobody")).ready()


def test_lookout__daemon_at_work__signs_of_life_and_its_state(
    listener: socket.socket, tmp_path: Path
) -> None:
    state = LiveState(17, {VersionId(3): 2}, 1)
    notices = ServiceNotices(str(tmp_path / "notify"), 0.05)
    with lookout(tmp_path, lambda: state, notices):
        assert [listener.recv(100) for _ in range(3)] == [b"WATCHDOG=1"] * 3
    assert read_live_state(tmp_path, 17) == state


def test_lookout__part_of_the_daemon_failed__no_more_signs(listener: socket.socket, tmp_path: Path) -> None:
    looked = threading.Semaphore(0)

    def failed() -> None:
        looked.release()

    with lookout(tmp_path, failed, ServiceNotices(str(tmp_path / "notify"), 0.05)):
        for _ in range(3):
            assert looked.acquire(timeout=WAIT_SECONDS)
    listener.settimeout(0)
    with pytest.raises(BlockingIOError):
        listener.recv(100)


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    home = tmp_path / "home of 100%"
    folder = home / "providers" / "main"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(CONFIG)
    place = UnitPlace("main", home, (sys.executable,))
    file = tmp_path / place.unit_name
    file.write_text(service_unit(place, load_provider_settings(folder)))
    return file


def test_service_unit__filled_in__nothing_left_open_and_paths_spelled_out(unit: Path) -> None:
    text = unit.read_text()
    assert "$" not in text
    assert 'home of 100%%" provider start main' in text
    assert "TimeoutStopSec=90\n" in text
    assert "Type=notify\n" in text
    assert len(unit.name) < 64


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_service_unit__systemd_reads_it__no_complaint_and_little_exposure(unit: Path) -> None:
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--recursive-errors=no", str(unit)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    complaints = [line for line in verified.stderr.splitlines() if unit.name in line]
    assert (verified.returncode, complaints) == (0, []), verified.stderr
    exposure = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--threshold=30", str(unit)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert exposure.returncode == 0, exposure.stdout


@pytest.mark.parametrize("word", ["", "a\nExecStartPre=/bin/evil", 'a"b', "a\\b", "$HOME", "a;b"])
def test_unit_word__means_something_else__refused(word: str) -> None:
    with pytest.raises(InvalidInputError):
        unit_word(word)


def test_run_provider__as_a_service__ready_alive_stopping(
    world: ProviderWorld, listener: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    monkeypatch.setenv("WATCHDOG_USEC", "100000")
    (port,) = choose_ports([0])
    monkeypatch.setenv("CHAINFAAS_PROVIDER_METRICS_PORT", str(port))
    nursery = Nursery(tmp_path / "log")
    try:
        pid = nursery.start(world.folder)
        assert {listener.recv(100), listener.recv(100)} == {b"READY=1", b"WATCHDOG=1"}
        live = read_live_state(world.folder, pid)
        assert live is not None
        assert live.running == 0
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=WAIT_SECONDS) as answer:
            assert b"chainfaas_provider_healthy 1.0\n" in answer.read()
        os.kill(pid, signal.SIGTERM)
        while (said := listener.recv(100)) != b"STOPPING=1":
            assert said == b"WATCHDOG=1"
        assert nursery.wait(pid) == 0
    finally:
        nursery.close()
