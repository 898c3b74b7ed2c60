"""A controller's HTTP API in Python: calls, their answers and receipts, and what can be read."""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from chainfaas.client import errors
from chainfaas.client.answers import (
    CallAnswer,
    Invocation,
    call_facts,
    object_members,
    parse_document,
    parse_invocation,
)
from chainfaas.client.http_connection import HttpAnswer, HttpConnection, HttpRequest
from chainfaas.client.signed_connection import SignedConnection
from chainfaas.domain.encodings import format_hex

if TYPE_CHECKING:
    from chainfaas.domain.canonical_json import JsonValue
    from chainfaas.domain.encodings import Bytes32
    from chainfaas.domain.identifiers import Address, InvocationId, JobId
    from chainfaas.domain.signatures import SigningKey

ACCEPTED = 202
_BYTES = "application/octet-stream"
_OVERLOADED, _OVERLOADED_PAUSE_SECONDS = "overloaded", 1.0
_STILL_RUNNING = "still-running"
_WAIT_SECONDS = 60
_LONGEST_WAIT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked of a function.

    Attributes:
        function: ``fn-<id>``, a name of one's own, or ``<owner>/<name>``.
        content: The function's input.
        content_type: What the input is.
        idempotency_key: Calls of one key are one call, charged once; drawn at random if empty.
    """

    function: str
    content: bytes = b""
    content_type: str = _BYTES
    idempotency_key: str = ""


class ControllerClient:
    """One controller, as one account; safe to use from several threads."""

    def __init__(self, url: str, unlock: Callable[[], SigningKey] | SigningKey | None = None) -> None:
        """Ask nothing yet.

        Args:
            url: The controller's address.
            unlock: The account's key, or what gives it when a request first needs one; ``None`` for whoever
                only reads what anybody may read.

        Raises:
            ConfigurationError: The address is none.
        """
        self._connection = SignedConnection(HttpConnection(url), unlock)

    def __repr__(self) -> str:
        """Show the address alone."""
        return f"ControllerClient({self._connection.url})"

    def invoke(self, call: Call, timeout_seconds: float = _WAIT_SECONDS) -> CallAnswer:
        """Call a function and wait for its answer.

        A call whose connection broke is sent once more under the same key, so it is charged once.

        Args:
            call: What is asked.
            timeout_seconds: How long to wait for the answer.

        Raises:
            FunctionFailedError: It ran and did not succeed; `facts` say how, `headers` where.
            EscrowTooSmallError: The escrow cannot carry it.
            NobodyServesError: Nobody can run it, or all are busy.
            NotEndedError: It has not ended yet; `wait` goes on.
            ChainFaaSError: The controller refuses it, or does not answer.
        """
        end_seconds = time.monotonic() + timeout_seconds
        answer = self._call(call, f"wait={max(1, round(timeout_seconds))}", timeout_seconds)
        if answer.status != ACCEPTED:
            return _call_answer(answer)
        return self.wait(call_facts(answer.headers).invocation, max(0.0, end_seconds - time.monotonic()))

    def submit(self, call: Call) -> InvocationId:
        """Call a function without waiting.

        Args:
            call: What is asked.

        Returns:
            What to ask for the answer with.

        Raises:
            ChainFaaSError: The controller refuses it, or does not answer.
        """
        return call_facts(self._call(call, "respond-async", 0).headers).invocation

    def wait(self, invocation: InvocationId, timeout_seconds: float = _WAIT_SECONDS) -> CallAnswer:
        """Wait until a call has ended, and return its answer.

        Args:
            invocation: The call.
            timeout_seconds: How long.

        Raises:
            NotEndedError: It has not ended yet.
            ChainFaaSError: It did not succeed; as `invoke`.
        """
        end_seconds = time.monotonic() + timeout_seconds
        while True:
            left_seconds = max(0.0, end_seconds - time.monotonic())
            try:
                return _call_answer(self._output(invocation, min(left_seconds, _LONGEST_WAIT_SECONDS)))
            except errors.RequestConflictError as fault:
                if fault.code != _STILL_RUNNING:
                    raise
            except errors.NobodyServesError as fault:
                if fault.code != _OVERLOADED:
                    raise
                time.sleep(min(left_seconds, _OVERLOADED_PAUSE_SECONDS))
            if not left_seconds:
                raise errors.NotEndedError(
                    f"{invocation} has not ended after {timeout_seconds:.0f} s.",
                    remedy=f"Wait on: `chainfaas invocation wait {invocation}`.",
                )

    def cancel(self, invocation: InvocationId) -> None:
        """Give a call up; what a provider has run until then is paid.

        Args:
            invocation: The call.

        Raises:
            RequestConflictError: It has ended already.
            ThingNotFoundError: There is none, or not for this account.
        """
        self._connection.send(HttpRequest("DELETE", f"/v1/invocations/{invocation}"))

    def invocation(self, invocation: InvocationId) -> Invocation:
        """Read how far a call has come.

        Args:
            invocation: The call.

        Raises:
            ThingNotFoundError: There is none, or not for this account.
        """
        return parse_invocation(parse_document(self._get(f"/v1/invocations/{invocation}")))

    def invocations(self, limit: int = 50) -> list[Mapping[str, JsonValue]]:
        """Read this account's latest calls, newest first.

        Args:
            limit: How many at most.
        """
        document = parse_document(self._get(f"/v1/invocations?{urlencode({'limit': limit})}"))
        return object_members(document, "invocations")

    def output(self, invocation: InvocationId) -> CallAnswer:
        """Read a call's answer.

        Args:
            invocation: The call.

        Raises:
            NotEndedError: It has not ended yet.
            FunctionFailedError: It did not succeed.
            ThingNotFoundError: There is none, or no longer.
        """
        return self.wait(invocation, 0)

    def log(self, invocation: InvocationId) -> bytes:
        """Read what a call's function wrote beside its output.

        Args:
            invocation: The call.

        Raises:
            ThingNotFoundError: There is none, or no longer.
        """
        return self._get(f"/v1/invocations/{invocation}/log").body

    def receipt(self, invocation: InvocationId) -> bytes:
        """Read a call's receipt, as `verify_receipt` and the command `verify` check it.

        Args:
            invocation: The call.

        Raises:
            ThingNotFoundError: There is none: nobody ran it, or it has not ended.
        """
        return self._get(f"/v1/invocations/{invocation}/receipt").body

    def job(self, job: JobId) -> Mapping[str, JsonValue]:
        """Read a job and its history on the chain.

        Args:
            job: The job.

        Raises:
            ThingNotFoundError: There is no such job.
        """
        return self._reading(f"/v1/jobs/{job}")

    def functions(self, owner: Address | None = None) -> list[Mapping[str, JsonValue]]:
        """Read somebody's functions.

        Args:
            owner: Whose; this account's own if absent.
        """
        query = "" if owner is None else "?" + urlencode({"owner": str(owner)})
        return object_members(self._reading(f"/v1/functions{query}"), "functions")

    def function(self, name: str) -> Mapping[str, JsonValue]:
        """Read one function with its versions.

        Args:
            name: ``fn-<id>``, a name of one's own, or ``<owner>/<name>``.

        Raises:
            ThingNotFoundError: There is none.
        """
        return self._reading(f"/v1/functions/{quote(name)}")

    def providers(self) -> list[Mapping[str, JsonValue]]:
        """Read all providers."""
        return object_members(self._reading("/v1/providers"), "providers")

    def network(self) -> Mapping[str, JsonValue]:
        """Read which network the controller works on, and its contracts."""
        return self._reading("/v1/network")

    def limits(self) -> Mapping[str, JsonValue]:
        """Read the limits of calls and functions."""
        return self._reading("/v1/limits")

    def ask_faucet(self) -> Mapping[str, JsonValue]:
        """Have the faucet give coin, and tokens where they are worth nothing, to this account.

        Raises:
            RequestLimitError: It gave lately.
            ThingNotFoundError: This controller has none.
        """
        return parse_document(self._connection.send(HttpRequest("POST", "/v1/faucet", b"", {})))

    def upload_bundle(self, bundle_hash: Bytes32, content: bytes) -> None:
        """Give the controller a version's bundle, for providers to fetch.

        Args:
            bundle_hash: Its hash, as published.
            content: At most 256 KiB.

        Raises:
            ChainFaaSError: The controller refuses it.
        """
        request = HttpRequest(
            "PUT", f"/v1/bundles/{format_hex(bundle_hash)}", content, {"Content-Type": _BYTES}
        )
        self._connection.send(request)

    def _call(self, call: Call, preference: str, wait_seconds: float) -> HttpAnswer:
        key = call.idempotency_key or secrets.token_hex(16)
        headers = {"Content-Type": call.content_type, "Idempotency-Key": key, "Prefer": preference}
        path = f"/v1/functions/{quote(call.function)}/invocations"
        request = HttpRequest("POST", path, call.content, headers, wait_seconds)
        try:
            return self._connection.send(request)
        except errors.ControllerUnreachableError:
            return self._connection.send(request)

    def _get(self, path: str) -> HttpAnswer:
        return self._connection.send(HttpRequest("GET", path))

    def _reading(self, path: str) -> Mapping[str, JsonValue]:
        return parse_document(self._connection.send_as_anybody(HttpRequest("GET", path)))

    def _output(self, invocation: InvocationId, wait_seconds: float) -> HttpAnswer:
        headers = {"Prefer": f"wait={math.ceil(wait_seconds)}"}
        path = f"/v1/invocations/{invocation}/output"
        return self._connection.send(HttpRequest("GET", path, None, headers, wait_seconds))


def _call_answer(answer: HttpAnswer) -> CallAnswer:
    content_type = answer.headers.get("content-type", _BYTES)
    return CallAnswer(answer.body, content_type, call_facts(answer.headers))
