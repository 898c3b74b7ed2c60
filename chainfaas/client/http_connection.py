"""HTTP requests to one controller: bounded answers, and problem documents as errors of the tree."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import urlsplit

import requests

from chainfaas.client.errors import ControllerUnreachableError
from chainfaas.client.problem_errors import error_of_answer
from chainfaas.domain.errors import ConfigurationError
from chainfaas.domain.limits import MIB

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 30.0
"""How long an answer may take beyond the time that the controller was asked to wait."""

ANSWER_MAX_BYTES = 16 * MIB

_CHUNK_BYTES = 64 * 1024
_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """What is asked.

    Attributes:
        method: GET, POST, PUT or DELETE.
        path: From the slash on.
        body: What is sent; nothing if absent.
        headers: Beside those of every request.
        wait_seconds: How long the controller was asked to wait before it answers.
    """

    method: str
    path: str
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=lambda: _NOTHING, repr=False)  # a token is in them
    wait_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What came back with a status of 2xx.

    Attributes:
        status: Of HTTP.
        headers: By lower-case names.
        body: The content.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes


class HttpConnection:
    """Keeps connections to one controller alive, one for each thread."""

    def __init__(self, url: str) -> None:
        """Connect to nothing yet.

        Args:
            url: The controller's address: http or https, host, perhaps port and path.

        Raises:
            ConfigurationError: It is no such address.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
            raise ConfigurationError(
                f"{url!r} is no address of a controller.", remedy="Give an http(s) URL without a user name."
            )
        self.url = url.rstrip("/")
        self._threads = threading.local()

    @property
    def host(self) -> str:
        """Host, with the port where the address names one."""
        return urlsplit(self.url).netloc

    def send(self, request: HttpRequest) -> HttpAnswer:
        """Ask, and return the answer.

        Args:
            request: What is asked.

        Raises:
            ControllerUnreachableError: No answer, or none of a controller.
            ChainFaaSError: The answer is a problem document; see `error_of_answer`.
        """
        try:
            with self._session().request(
                request.method,
                self.url + request.path,
                data=request.body,
                headers=dict(request.headers),
                timeout=(CONNECT_SECONDS, request.wait_seconds + ANSWER_SECONDS),
                allow_redirects=False,  # a redirect would carry the token to a stranger
                stream=True,
            ) as response:
                body = _read(response)
        except (requests.RequestException, OSError) as fault:
            raise ControllerUnreachableError(
                f"The controller at {self.url} gives no answer to {request.method} {request.path}: {fault}."
            ) from fault
        headers = {name.lower(): value for name, value in response.headers.items()}
        answer = HttpAnswer(response.status_code, headers, body)
        if requests.codes.ok <= answer.status < requests.codes.multiple_choices:
            return answer
        raise error_of_answer(answer.status, answer.headers, answer.body)

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._threads, "session", None)
        if session is None:
            session = self._threads.session = requests.Session()
            session.trust_env = False  # a netrc file's password would replace the token
        return session


def _read(response: requests.Response) -> bytes:
    body = bytearray()
    for chunk in response.iter_content(_CHUNK_BYTES):
        body += chunk
        if len(body) > ANSWER_MAX_BYTES:
            raise requests.RequestException(f"the answer is longer than {ANSWER_MAX_BYTES} bytes")
    return bytes(body)
