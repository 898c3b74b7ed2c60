import os
import socket
import subprocess

import pytest

from tests.unit.conftest import OutsideWorldError


def test_guard__socket_connects__refused() -> None:
    with socket.socket() as unconnected, pytest.raises(OutsideWorldError, match=r"socket\.connect"):
        unconnected.connect(("127.0.0.1", 9))


def test_guard__process_started__refused() -> None:
    with pytest.raises(OutsideWorldError, match=r"subprocess\.Popen"):
        subprocess.run(["true"], check=True)


def test_guard__fork__refused() -> None:
    with pytest.raises(OutsideWorldError, match=r"os\.fork"):
        os.fork()
