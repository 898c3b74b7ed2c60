"""HTTP requests to one controller, with answers of bounded size."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests

from chainfaas.domain.errors import InvalidInputError
from chainfaas.domain.wire.multipart import BODY_MAX_BYTES, decode_json
from chainfaas.domain.wire.problems import Problem, parse_problem
from chainfaas.provider.controller_api.errors import ControllerRefusedError, ControllerUnreachableError

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 15.0
"""How long an answer may take beyond the time that the controller was asked to wait."""

_JSON = "application/json"
_CHUNK_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked."""

    method: str
    path: str
    body: bytes | None = None
    content_type: str = _JSON
    wait_seconds: float = 0.0
    """How long the controller was asked to wait before it answers."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back with a status of 2xx."""

    content_type: str
    body: bytes


class ControllerConnection:
    """Keeps connections to one controller alive, one for each thread."""

    def __init__(self, base_url: str) -> None:
        """Connect to nothing yet.

        Args:
            base_url: Scheme, host, port and path prefix, without a slash at the end.
        """
        self.base_url = base_url
        self._threads = threading.local()

    @property
    def host(self) -> str:
        """Host, with the port where the URL names one: what a sign-in message has to be for."""
        return urlsplit(self.base_url).netloc

    def send(self, request: Request, token: str | None = None) -> Answer:
        """Ask, and return the answer.

        Args:
            request: What is asked.
            token: Bearer token.

        Raises:
            ControllerRefusedError: the status is of 4xx or 5xx, with a problem document.
            ControllerUnreachableError: no answer, or one that is not of this protocol.
        """
        headers = {"Content-Type": request.content_type} if request.body is not None else {}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        try:
            with self._session().request(
                request.method,
                self.base_url + request.path,
                data=request.body,
                headers=headers,
                timeout=(CONNECT_SECONDS, request.wait_seconds + ANSWER_SECONDS),
                allow_redirects=False,  # a redirect would carry signed reports to a stranger
                stream=True,
            ) as response:
                body = _read(response)
        except (requests.RequestException, OSError) as fault:
            raise ControllerUnreachableError(
                f"{self.base_url} gives no answer to {request.method} {request.path}: {fault}."
            ) from fault
        if response.ok and response.status_code < requests.codes.multiple_choices:
            return Answer(response.headers.get("Content-Type", ""), body)
        raise self._refusal(request, response.status_code, body)

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._threads, "session", None)
        if session is None:
            session = self._threads.session = requests.Session()
            session.trust_env = False  # neither proxies nor passwords of whoever started the daemon
        return session

    def _refusal(
        self, request: Request, status: int, body: bytes
    ) -> ControllerRefusedError | ControllerUnreachableError:
        try:
            problem = parse_problem(decode_json(body))
        except InvalidInputError:
            if status in (requests.codes.unauthorized, requests.codes.not_found):
                return ControllerRefusedError(Problem(status, f"http-{status}", "No words were given."))
            return ControllerUnreachableError(
                f"{self.base_url} answers {request.path} with status {status} and no problem document."
            )
        if status >= requests.codes.internal_server_error:
            return ControllerUnreachableError(f"{self.base_url} cannot serve now: {problem.title}.")
        return ControllerRefusedError(problem)


def _read(response: requests.Response) -> bytes:
    body = bytearray()
    for chunk in response.iter_content(_CHUNK_BYTES):
        body += chunk
        if len(body) > BODY_MAX_BYTES:
            raise requests.RequestException(f"the answer is longer than {BODY_MAX_BYTES} bytes")
    return bytes(body)
