"""A node's HTTP door that changes what it hands out: behind it is the real node's socket."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias, cast

from chainfaas.chain.node.local_network import LocalNetwork

Answer: TypeAlias = Any
Alteration: TypeAlias = Callable[[str, Answer], Answer]
"""Takes a method and its result, and returns what is handed out instead."""


@contextmanager
def altering_proxy(network: LocalNetwork, alter: Alteration) -> Iterator[str]:
    """Serve a network's first node on a port of the loopback interface; yields the address."""

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answers = [answer_to(each) for each in asked] if isinstance(asked, list) else answer_to(asked)
            body = json.dumps(answers).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    provider = cast("Any", network.connect(1).provider)

    def answer_to(asked: dict[str, Any]) -> dict[str, Any]:
        answer = dict(provider.make_request(asked["method"], asked.get("params", []))) | {"id": asked["id"]}
        if "result" in answer:
            answer["result"] = alter(asked["method"], answer["result"])
        return answer

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
