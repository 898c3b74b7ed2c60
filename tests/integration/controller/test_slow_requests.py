"""gunicorn with the controller's worker and few threads, before callers who send late or never."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
import requests

THREADS = 8
STALLED = 3 * THREADS
SERVER = """
import sys
from gunicorn.app.base import BaseApplication
from flask import Flask, request
from chainfaas.controller.api.app import answer_own_error
from chainfaas.controller.serving import gathering
from chainfaas.controller.serving.prompt_worker import PromptWorker
from chainfaas.domain.errors import ChainFaaSError

app = Flask("echo")
app.register_error_handler(ChainFaaSError, answer_own_error)

@app.post("/")
def echo():
    return request.get_data()

class Server(BaseApplication):
    def load_config(self):
        worker = f"{PromptWorker.__module__}.{PromptWorker.__qualname__}"
        chosen = {
            "bind": sys.argv[1], "threads": int(sys.argv[3]), "worker_class": worker, "keepalive": 75,
            "worker_connections": 64, "control_socket_disable": True, "graceful_timeout": 1,
        }
        for name, value in chosen.items():
            self.cfg.set(name, value)

    def load(self):
        gathering.READ_SECONDS = float(sys.argv[2])
        return app

Server().run()
"""
PATIENT, HASTY = 600, 1
HEADERS = b"POST / HTTP/1.1\r\nHost: a\r\n"
STALLS = {
    "nothing": b"",
    "head": HEADERS,
    "body": HEADERS + b"Content-Length: 1000\r\n\r\n{",
    "long_body": HEADERS + b"Content-Length: 1000000\r\n\r\n{",
    "chunks": HEADERS + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhe",
}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def serving(read_seconds: int) -> Iterator[int]:
    port = free_port()
    words = (sys.executable, "-c", SERVER, f"127.0.0.1:{port}", str(read_seconds), str(THREADS))
    server = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    assert server.stderr is not None
    for line in server.stderr:
        if "Booting worker" in line:
            break
    yield port
    server.terminate()
    server.communicate(timeout=60)


@pytest.fixture
def patient_port() -> Iterator[int]:
    """A server on which nothing times out while a test runs."""
    yield from serving(PATIENT)


@pytest.fixture
def hasty_port() -> Iterator[int]:
    """A server that gives a request a second."""
    yield from serving(HASTY)


def echoed(port: int, content: bytes) -> bytes:
    return requests.post(f"http://127.0.0.1:{port}", data=content, timeout=30).content


def connected(stack: ExitStack, port: int) -> socket.socket:
    return stack.enter_context(socket.create_connection(("127.0.0.1", port), 30))


@pytest.mark.parametrize("stall", STALLS)
def test_serve__more_stall_than_there_are_threads__others_are_served(patient_port: int, stall: str) -> None:
    assert echoed(patient_port, b"hello") == b"hello"
    with ExitStack() as stack:
        for _ in range(STALLED):
            connected(stack, patient_port).sendall(STALLS[stall])
        for content in (b"hello", b"h" * 200_000):
            assert echoed(patient_port, content) == content


def test_serve__more_connections_than_are_kept__the_silent_ones_go(patient_port: int) -> None:
    with ExitStack() as stack:
        for _ in range(100):
            connected(stack, patient_port)
        assert echoed(patient_port, b"hello") == b"hello"


def test_serve__long_body_beside_too_many_that_stall__503_at_once(patient_port: int) -> None:
    with ExitStack() as stack:
        stalled = [connected(stack, patient_port) for _ in range(STALLED)]
        for each in stalled:
            each.sendall(STALLS["long_body"])
        refused = stalled[-1].recv(12)
        assert refused == b"HTTP/1.1 503"


@pytest.mark.parametrize("stall", ["head", "body", "long_body", "chunks"])
def test_serve__request_that_never_ends__closed_in_time(hasty_port: int, stall: str) -> None:
    with ExitStack() as stack:
        slow = connected(stack, hasty_port)
        slow.sendall(STALLS[stall])
        answer = b""
        while piece := slow.recv(4_096):
            answer += piece
        assert answer == b"" or answer.startswith(b"HTTP/1.1 408")


def test_serve__pieces_and_several_in_one_go__each_answered(patient_port: int) -> None:
    request = HEADERS + b"Content-Length: 2\r\n\r\nab"
    with ExitStack() as stack:
        slow = connected(stack, patient_port)
        for byte in request:
            slow.sendall(bytes([byte]))
        slow.sendall(request + request[:-1])
        slow.sendall(request[-1:])
        answers = b""
        while answers.count(b"\r\n\r\nab") < 3:
            answers += slow.recv(4_096)
