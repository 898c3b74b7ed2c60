"""What a provider says to one controller, logging in whenever the session has ended."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeVar

from chainfaas.domain.encodings import format_hex
from chainfaas.domain.errors import InvalidInputError
from chainfaas.domain.wire.blobs import check_blobs
from chainfaas.domain.wire.multipart import decode_body, decode_json, encode_body, encode_json
from chainfaas.domain.wire.polls import PollAnswer, parse_poll_answer
from chainfaas.domain.wire.reports import ReportsAnswer, parse_reports_answer
from chainfaas.domain.wire.settlements import (
    SettlementsAnswer,
    SettlementsRequest,
    parse_settlements_answer,
)
from chainfaas.provider.controller_api.connection import Request
from chainfaas.provider.controller_api.errors import ControllerRefusedError, ControllerUnreachableError
from chainfaas.provider.controller_api.log_in import log_in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from chainfaas.domain.canonical_json import JsonValue
    from chainfaas.domain.encodings import Bytes32
    from chainfaas.domain.identifiers import JobId
    from chainfaas.domain.wire.log_in import SessionGrant
    from chainfaas.domain.wire.polls import Poll
    from chainfaas.domain.wire.reports import ReportsRequest
    from chainfaas.provider.controller_api.connection import Answer, ControllerConnection
    from chainfaas.provider.controller_api.log_in import ProviderIdentity

_OCTETS = "application/octet-stream"
_UNAUTHORIZED = 401
_MS = 1_000

_T = TypeVar("_T")
_Message = TypeVar("_Message", PollAnswer, ReportsAnswer)


class ControllerClient:
    """One controller, for any number of threads.

    Every method raises ``ControllerUnreachableError`` where no answer makes sense, ``ControllerRefusedError``
    for a problem document, and ``ControllerUntrustedError`` or ``ChainError`` where a log-in fails.
    """

    def __init__(self, connection: ControllerConnection, identity: ProviderIdentity) -> None:
        """Talk to nobody yet.

        Args:
            connection: The way to the controller.
            identity: Who talks.
        """
        self._connection = connection
        self._identity = identity
        self._lock = threading.Lock()
        self._grant: SessionGrant | None = None

    @property
    def url(self) -> str:
        """The controller's base URL."""
        return self._connection.base_url

    def session(self) -> SessionGrant:
        """Return the present session; logs in where there is none."""
        with self._lock:
            if self._grant is None:
                self._grant = log_in(self._connection, self._identity)
            return self._grant

    def poll(self, poll: Poll) -> tuple[PollAnswer, Mapping[str, bytes]]:
        """Ask for work and renew the leases.

        Returns:
            The answer, and the inputs that came with it by part.
        """
        request = Request(
            "POST", "/v1/provider/poll", encode_json(poll.as_json()), wait_seconds=poll.wait_ms / _MS
        )
        return self._with_parts(self._send(request), parse_poll_answer)

    def report(
        self, reports: ReportsRequest, contents: Mapping[str, bytes]
    ) -> tuple[ReportsAnswer, Mapping[str, bytes]]:
        """Hand in how jobs ended.

        Args:
            reports: The reports.
            contents: Outputs and logs that go into the body, by part.

        Returns:
            The answer, and the inputs that came with it by part.
        """
        body = encode_body(reports.as_json(), contents)
        request = Request("POST", "/v1/provider/reports", body.raw, body.content_type)
        return self._with_parts(self._send(request), parse_reports_answer)

    def settlements(self, request: SettlementsRequest) -> SettlementsAnswer:
        """Ask for what can be claimed."""
        body = encode_json(request.as_json())
        answer = self._send(Request("POST", "/v1/provider/settlements", body))
        return self._parsed(lambda: parse_settlements_answer(decode_json(answer.body)))

    def input(self, job: JobId) -> bytes:
        """Fetch an input that was too long for the poll's answer."""
        return self._send(Request("GET", f"/v1/jobs/{job}/input")).body

    def put_output(self, job: JobId, output: bytes) -> None:
        """Send an output that is too long for the report."""
        self._send(Request("PUT", f"/v1/jobs/{job}/output", output, _OCTETS))

    def put_log(self, job: JobId, log: bytes) -> None:
        """Send a log that is too long for the report."""
        self._send(Request("PUT", f"/v1/jobs/{job}/log", log, _OCTETS))

    def bundle(self, bundle_hash: Bytes32) -> bytes:
        """Fetch a bundle; the caller checks it against its hash."""
        return self._send(Request("GET", f"/v1/bundles/{format_hex(bundle_hash)}")).body

    def _send(self, request: Request) -> Answer:
        grant = self.session()
        try:
            return self._connection.send(request, grant.token)
        except ControllerRefusedError as refused:
            if refused.problem.status != _UNAUTHORIZED:
                raise
        self._forget(grant)
        return self._connection.send(request, self.session().token)

    def _forget(self, grant: SessionGrant) -> None:
        with self._lock:
            if self._grant is grant:
                self._grant = None

    def _with_parts(
        self,
        answer: Answer,
        parse: Callable[[JsonValue], _Message],
    ) -> tuple[_Message, Mapping[str, bytes]]:
        body = self._parsed(lambda: decode_body(answer.content_type, answer.body))
        message = self._parsed(lambda: parse(body.message))
        self._parsed(lambda: check_blobs(message.blob_references, body.blobs))
        return message, body.blobs

    def _parsed(self, parse: Callable[[], _T]) -> _T:
        try:
            return parse()
        except InvalidInputError as fault:
            raise ControllerUnreachableError(f"{self.url}: {fault.message}") from fault
