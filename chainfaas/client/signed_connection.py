"""Requests under an account's name, which signs in when that is needed, and anew when it is over."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from chainfaas.client.answers import parse_document, text_member
from chainfaas.client.errors import NotSignedInError
from chainfaas.client.http_connection import HttpAnswer, HttpConnection, HttpRequest
from chainfaas.domain.sign_in import SignInError, parse_sign_in, personal_digest

if TYPE_CHECKING:
    from chainfaas.domain.signatures import SigningKey


class SignedConnection:
    """One account at one controller; safe to use from several threads."""

    def __init__(self, http: HttpConnection, unlock: Callable[[], SigningKey] | SigningKey | None) -> None:
        """Sign nothing yet.

        Args:
            http: The controller.
            unlock: The account's key, or what gives it when a request first needs one; ``None`` for nobody.
        """
        self._http = http
        self._unlock = unlock
        self._token: str | None = None
        self._signing_in = threading.Lock()

    def __repr__(self) -> str:
        """Show the address alone."""
        return f"SignedConnection({self._http.url})"

    @property
    def url(self) -> str:
        """The controller's address."""
        return self._http.url

    def send_as_anybody(self, request: HttpRequest) -> HttpAnswer:
        """Ask under the account's name if there is one, for what strangers may read too.

        Args:
            request: What is asked.

        Raises:
            ChainFaaSError: As `send`.
        """
        return self._http.send(request) if self._unlock is None else self.send(request)

    def send(self, request: HttpRequest) -> HttpAnswer:
        """Ask under the account's name, and return the answer.

        Args:
            request: What is asked.

        Raises:
            NotSignedInError: There is no account.
            SignInError: What the controller wants to have signed is for another host or account.
            ControllerUnreachableError: No answer, or none of a controller.
            ChainFaaSError: The answer is a problem document.
        """
        used = self._held_token()
        try:
            return self._http.send(_with_token(request, used))
        except NotSignedInError:
            return self._http.send(_with_token(request, self._replaced_token(used)))

    def _held_token(self) -> str:
        with self._signing_in:
            if self._token is None:
                self._token = self._sign_in()
            return self._token

    def _replaced_token(self, used: str) -> str:
        with self._signing_in:
            if self._token is None or self._token == used:
                self._token = self._sign_in()
            return self._token

    def _sign_in(self) -> str:
        if self._unlock is None:
            raise NotSignedInError(f"{self._http.url} wants to know who asks.", remedy="Name a wallet.")
        key = self._unlock() if callable(self._unlock) else self._unlock
        asked = parse_document(self._post("/v1/auth/challenge", {"address": str(key.address)}))
        text = text_member(asked, "message")
        message = parse_sign_in(text)
        # A signature for another host would sign the caller in there, for whoever asked for it.
        if message.host != self._http.host or message.address != key.address:
            raise SignInError(
                f"{self._http.url} wants {message.address} to sign in at {message.host}.",
                remedy="Use the address that the controller knows itself by, and trust no other.",
            )
        signature = str(key.sign(personal_digest(text)))
        granted = parse_document(self._post("/v1/auth/session", {"message": text, "signature": signature}))
        return text_member(granted, "token")

    def _post(self, path: str, document: Mapping[str, str]) -> HttpAnswer:
        body = json.dumps(document).encode()
        return self._http.send(HttpRequest("POST", path, body, {"Content-Type": "application/json"}))


def _with_token(request: HttpRequest, token: str) -> HttpRequest:
    headers = {**request.headers, "Authorization": f"Bearer {token}"}
    return HttpRequest(request.method, request.path, request.body, headers, request.wait_seconds)
