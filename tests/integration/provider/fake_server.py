"""The fake controller behind real HTTP."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from chainfaas.domain.canonical_json import JsonValue
from chainfaas.domain.encodings import Bytes32, format_hex
from chainfaas.domain.identifiers import JobId, job_id
from chainfaas.domain.sessions import Session
from chainfaas.domain.sign_in import SignInMessage, parse_sign_in, personal_digest
from chainfaas.domain.signatures import check_signer
from chainfaas.domain.times import UnixSeconds
from chainfaas.domain.typed_data import hash_session
from chainfaas.domain.wire.errors import InvalidMessageError
from chainfaas.domain.wire.log_in import (
    Challenge,
    ControllerIdentity,
    SessionGrant,
    parse_challenge_request,
    parse_session_request,
)
from chainfaas.domain.wire.multipart import EncodedBody, decode_json, encode_body, encode_json
from tests.integration.provider.fake_controller import LEASE_SECONDS, FakeController, RefusedError


def challenge(fake: FakeController, body: bytes, host: str) -> dict[str, JsonValue]:
    request = parse_challenge_request(decode_json(body))
    with fake.changed:
        fake.challenges += 1
        fake.changed.notify_all()
    if request.operator != fake.operator:
        raise RefusedError(403, "not-operator")
    nonce = Bytes32(secrets.token_bytes(32))
    now = int(time.time())
    message = SignInMessage(
        fake.signs_in_for or host,
        request.operator,
        f"http://{host}",
        fake.domain.chain_id,
        format_hex(nonce),
        UnixSeconds(now),
        UnixSeconds(now + 300),
        f"Provider {request.provider_id} signs in.",
    )
    return Challenge(message.text, nonce).as_json()


def open_session(fake: FakeController, body: bytes) -> dict[str, JsonValue]:
    request = parse_session_request(decode_json(body))
    check_signer(personal_digest(request.message), request.signature, fake.operator)
    message = parse_sign_in(request.message)
    session = Session(
        fake.operator, Bytes32(bytes.fromhex(message.nonce[2:])), UnixSeconds(int(time.time()) + 3_600)
    )
    token = secrets.token_urlsafe(16)
    fake.tokens.add(token)
    return SessionGrant(
        token,
        session,
        fake.key.sign(fake.domain.digest(hash_session(session))),
        ControllerIdentity(fake.controller_id, fake.key.address, fake.domain),
        LEASE_SECONDS * 1_000,
        1_000,
        65_536,
    ).as_json()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body leave together; apart, the second waits for the first one's delayed ACK
    controller: FakeController

    def do_POST(self) -> None:
        body, host = self._body(), self.headers["Host"]
        fake = self.controller
        routes: dict[str, Callable[[], bytes | EncodedBody]] = {
            "/v1/provider/challenge": lambda: encode_json(challenge(fake, body, host)),
            "/v1/provider/session": lambda: encode_json(open_session(fake, body)),
            "/v1/provider/poll": lambda: self._polled(body),
            "/v1/provider/reports": lambda: fake.report(self.headers["Content-Type"], body),
            "/v1/provider/settlements": lambda: encode_json(fake.settlements(body)),
        }
        self._answer(routes[self.path], is_open=self.path.endswith(("challenge", "session")))

    def do_GET(self) -> None:
        *_, kind, name, last = self.path.split("/")
        if kind == "v1" and name == "bundles":
            self._answer(lambda: self.controller.bundles[last], is_open=True)
        else:
            self._answer(lambda: self.controller.jobs[job_id(name)].input)

    def do_PUT(self) -> None:
        body = self._body()
        *_, name, kind = self.path.split("/")
        self._answer(lambda: self._uploaded(job_id(name), kind, body))

    def _uploaded(self, job: JobId, kind: str, body: bytes) -> bytes:
        self.controller.jobs[job].uploads[kind] = body
        return b""

    def _polled(self, body: bytes) -> EncodedBody:
        answer, inputs = self.controller.poll(decode_json(body))
        return encode_body(answer.as_json(), inputs)

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _answer(self, make: Callable[[], bytes | EncodedBody], *, is_open: bool = False) -> None:
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        try:
            if self.controller.faults:
                raise RefusedError(self.controller.faults.pop(0), "fault")
            if not is_open and token not in self.controller.tokens:
                raise RefusedError(401, "no-session")
            made = make()
        except InvalidMessageError:
            self.close_connection = True  # whoever was killed in the middle of a request hears no answer
            return
        except RefusedError as refused:
            self._send(
                refused.problem.status, "application/problem+json", encode_json(refused.problem.as_json())
            )
            return
        encoded = made if isinstance(made, EncodedBody) else EncodedBody("application/json", made)
        self._send(200, encoded.content_type, encoded.raw)

    def _send(self, status: int, content_type: str, raw: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        pass


@contextmanager
def served(controller: FakeController) -> Iterator[FakeController]:
    """Serve a controller on a free port of loopback."""
    handler = type("Handler", (_Handler,), {"controller": controller})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    controller.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield controller
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
