"""Connections to nodes that are there, that are not, and that are something else."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from chainfaas.chain.connection import connect
from chainfaas.chain.errors import ChainUnreachableError, WrongChainError
from chainfaas.chain.node.local_network import LocalNetwork
from chainfaas.chain.node.ports import choose_ports
from chainfaas.domain.errors import ConfigurationError


class Answering(BaseHTTPRequestHandler):
    """Answers every request with what the server keeps."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.server.answer)  # type: ignore[attr-defined]

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
        pass


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as made:
        thread = threading.Thread(target=made.serve_forever)
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def _url(server: ThreadingHTTPServer) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}"


def test_connect__socket__reads_sealed_blocks(network: LocalNetwork) -> None:
    web3 = connect(str(network.socket_path(1)), expected_chain_id=network.chain_id)

    # 32 bytes of vanity and 65 of seal, which web3 refuses where it does not know of Clique.
    assert len(web3.eth.get_block(1)["proofOfAuthorityData"]) == 97


def test_connect__other_chain__names_both(network: LocalNetwork) -> None:
    with pytest.raises(WrongChainError) as caught:
        connect(network.socket_path(1), expected_chain_id=5)
    assert str(network.chain_id) in caught.value.message
    assert "chain 5 " in caught.value.message


def test_connect__http__asks_for_the_chain(server: ThreadingHTTPServer) -> None:
    server.answer = json.dumps({"jsonrpc": "2.0", "id": 0, "result": "0x539"}).encode()  # type: ignore[attr-defined]

    assert connect(_url(server), expected_chain_id=1337).eth.chain_id == 1337


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b'{"jsonrpc": "2.0", "id": 0, "error": {"code": -32601, "message": "no"}}',
    ],
)
def test_connect__http_but_no_node__unreachable(server: ThreadingHTTPServer, answer: bytes) -> None:
    server.answer = answer  # type: ignore[attr-defined]

    with pytest.raises(ChainUnreachableError, match=_url(server)):
        connect(_url(server))


def test_connect__nobody_listens__unreachable() -> None:
    [port] = choose_ports([0])

    with pytest.raises(ChainUnreachableError):
        connect(f"http://127.0.0.1:{port}")


def test_connect__no_socket__unreachable(tmp_path: Path) -> None:
    with pytest.raises(ChainUnreachableError):
        connect(tmp_path / "node.ipc", timeout_seconds=1)


@pytest.mark.parametrize("endpoint", ["", "node", "ftp://host", "127.0.0.1:8545"])
def test_connect__no_address__refused(endpoint: str) -> None:
    with pytest.raises(ConfigurationError, match="no address"):
        connect(endpoint)
