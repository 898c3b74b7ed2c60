from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.integration.controller.controller_world import PROGRAM


class Obliging(BaseHTTPRequestHandler):
    """Answers every question as a controller in good health would."""

    def do_GET(self) -> None:
        body = b'{"status": "ok", "faults": []}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: object) -> None:
        del words


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port of this machine on which another program listens."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Obliging) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield int(server.server_address[1])
        server.shutdown()
        thread.join()


def test_start__port_of_another_program__refused_and_nothing_left(tmp_path: Path, taken_port: int) -> None:
    words = (sys.executable, "-c", PROGRAM, "--home", str(tmp_path), "controller")
    started = subprocess.run(
        (*words, "start", "--detach", "--json", "--port", str(taken_port)),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (started.returncode, started.stdout) == (5, "")
    error = json.loads(started.stderr.splitlines()[-1])["error"]
    assert f"port {taken_port}" in error["message"]
    assert "--port" in error["remedy"]
    assert not (tmp_path / "run" / "controller.json").exists()
