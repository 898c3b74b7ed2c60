"""Log-ins: a challenge, a signature over it, a token; and who a token stands for."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from chainfaas.controller.errors import (
    ForbiddenError,
    InvalidLogInError,
    NotOperatorError,
    UnauthenticatedError,
)
from chainfaas.controller.storage.session_rows import (
    LoggedIn,
    delete_session,
    insert_nonce,
    insert_session,
    read_session,
    take_nonce,
)
from chainfaas.domain.encodings import Bytes32, format_hex, parse_bytes32
from chainfaas.domain.errors import InvalidEncodingError, SignatureError
from chainfaas.domain.sign_in import SignInMessage, parse_sign_in, personal_digest
from chainfaas.domain.signatures import check_signer
from chainfaas.domain.times import unix_seconds

if TYPE_CHECKING:
    from chainfaas.controller.storage.chain_view import ChainView
    from chainfaas.controller.storage.database import Database
    from chainfaas.controller.storage.group_writer import GroupWriter
    from chainfaas.domain.identifiers import Address, ChainId, ProviderId
    from chainfaas.domain.signatures import Signature

_REMEMBERED = 10_000
_DEVELOPER_STATEMENT = "Log in to ChainFaaS. This costs nothing and moves no tokens."
_PROVIDER_STATEMENT = "Log in as the operator of ChainFaaS provider {}. This moves no tokens."


@dataclass(frozen=True, slots=True)
class LogInRules:
    """How log-ins are made.

    Attributes:
        url: Where this controller is.
        chain: The network.
        challenge_seconds: How long a challenge is good.
        session_seconds: How long a token is good.
    """

    url: str
    chain: ChainId
    challenge_seconds: int
    session_seconds: int


@dataclass(frozen=True, slots=True)
class GivenToken:
    """A token that was just made.

    Attributes:
        token: The secret.
        holder: Whom it stands for.
        nonce: The challenge's.
    """

    token: str = field(repr=False)
    holder: LoggedIn
    nonce: Bytes32


class SessionDesk:
    """Gives tokens to those who prove their key."""

    def __init__(
        self,
        rules: LogInRules,
        view: ChainView,
        database: Database,
        writer: GroupWriter,
        unix_time: Callable[[], float] = time.time,
    ) -> None:
        """Know nobody yet.

        Args:
            rules: How log-ins are made.
            view: What the chain says of providers.
            database: Where tokens are looked up.
            writer: Where they are written.
            unix_time: Unix seconds.
        """
        self._rules = rules
        self._view = view
        self._reader = database.engine.execution_options(reads_only=True)
        self._writer = writer
        self._unix_time = unix_time
        self._lock = threading.Lock()
        self._known: dict[Bytes32, LoggedIn] = {}

    def challenge(self, account: Address, provider: ProviderId | None = None) -> SignInMessage:
        """Make a text for an account to sign.

        Args:
            account: Who wants to log in.
            provider: The provider that it operates; ``None`` for a developer.

        Raises:
            NotOperatorError: The registry knows another operator for the provider.
        """
        if provider is not None:
            self.check_operator(account, provider)
        now, nonce = int(self._unix_time()), Bytes32(secrets.token_bytes(32))
        statement = _DEVELOPER_STATEMENT if provider is None else _PROVIDER_STATEMENT.format(provider)
        message = SignInMessage(
            host=urlsplit(self._rules.url).netloc,
            address=account,
            statement=statement,
            uri=self._rules.url,
            chain_id=self._rules.chain,
            nonce=format_hex(nonce),
            issued_at=unix_seconds(now),
            expires_at=unix_seconds(now + self._rules.challenge_seconds),
        )
        holder = LoggedIn(account, provider, message.expires_at)
        self._writer.run(partial(insert_nonce, nonce=nonce, holder=holder))
        return message

    def log_in(self, text: str, signature: Signature, *, is_provider: bool) -> GivenToken:
        """Give a token for a signed challenge.

        Args:
            text: The challenge as it was given out.
            signature: The account's, over it.
            is_provider: Whether a provider's challenge is expected.

        Raises:
            InvalidLogInError: The text or its signature does not fit, or the challenge is over or used.
            NotOperatorError: The registry knows another operator for the provider by now.
        """
        message = parse_sign_in(text)
        rules = (urlsplit(self._rules.url).netloc, self._rules.url, self._rules.chain)
        if (message.host, message.uri, message.chain_id) != rules:
            raise InvalidLogInError("The log-in message is for another controller or another network.")
        try:
            check_signer(personal_digest(text), signature, message.address)
        except SignatureError as fault:
            raise InvalidLogInError(
                f"The log-in message is not signed by its account: {fault.message}"
            ) from fault
        challenged = self._take(message)
        if (challenged.provider_id is not None) != is_provider:
            raise InvalidLogInError("The challenge was given out for another kind of log-in.")
        if challenged.provider_id is not None:
            self.check_operator(message.address, challenged.provider_id)
        return self._give(challenged, _nonce(message))

    def holder_of(self, token: str | None) -> LoggedIn:
        """Return whom a token stands for.

        Args:
            token: The bearer token; ``None`` if there was none.

        Raises:
            UnauthenticatedError: It is unknown or over.
        """
        if not token:
            raise UnauthenticatedError("The request carries no bearer token.")
        token_hash = _hash(token)
        holder = self._known.get(token_hash) or self._remember(token_hash)
        if holder is None or holder.expires_at_seconds <= self._unix_time():
            raise UnauthenticatedError("The token is unknown or over.")
        return holder

    def log_out(self, token: str) -> None:
        """Make a token worthless.

        Args:
            token: The bearer token.
        """
        token_hash = _hash(token)
        with self._lock:
            self._known.pop(token_hash, None)
        self._writer.run(partial(delete_session, token_hash=token_hash))

    def check_operator(self, account: Address, provider: ProviderId) -> None:
        """Make sure that an account operates a provider.

        Args:
            account: The account.
            provider: The provider.

        Raises:
            NotOperatorError: It does not.
        """
        known = self._view.provider(provider)
        if known is None or known.operator != account:
            raise NotOperatorError(f"{account} is not the operator of provider {provider}.")

    def _take(self, message: SignInMessage) -> LoggedIn:
        now = int(self._unix_time())
        challenged = self._writer.run(partial(take_nonce, nonce=_nonce(message), now_seconds=now))
        if challenged is None or challenged.account != message.address:
            raise InvalidLogInError("The challenge is unknown, over or used.")
        return challenged

    def _give(self, challenged: LoggedIn, nonce: Bytes32) -> GivenToken:
        token = secrets.token_urlsafe(32)
        until = int(self._unix_time()) + self._rules.session_seconds
        holder = LoggedIn(challenged.account, challenged.provider_id, until)
        self._writer.run(partial(insert_session, token_hash=_hash(token), holder=holder))
        return GivenToken(token, holder, nonce)

    def _remember(self, token_hash: Bytes32) -> LoggedIn | None:
        with self._reader.connect() as connection:
            holder = read_session(connection, token_hash)
        if holder is not None:
            with self._lock:
                if len(self._known) >= _REMEMBERED:
                    self._known.clear()
                self._known[token_hash] = holder
        return holder


def developer_of(holder: LoggedIn) -> Address:
    """Return the account of a developer's token.

    Args:
        holder: Whom the token stands for.

    Raises:
        ForbiddenError: It is a provider's.
    """
    if holder.provider_id is not None:
        raise ForbiddenError("This token is a provider's.", remedy="Log in as a developer.")
    return holder.account


def provider_of(holder: LoggedIn) -> ProviderId:
    """Return the provider of a provider's token.

    Args:
        holder: Whom the token stands for.

    Raises:
        ForbiddenError: It is a developer's.
    """
    if holder.provider_id is None:
        raise ForbiddenError("This token is a developer's.", remedy="Log in as a provider's operator.")
    return holder.provider_id


def _nonce(message: SignInMessage) -> Bytes32:
    try:
        return parse_bytes32(message.nonce, name="The nonce")
    except InvalidEncodingError as fault:
        raise InvalidLogInError(f"The challenge was not given out here: {fault.message}") from fault


def _hash(token: str) -> Bytes32:
    return Bytes32(hashlib.sha256(token.encode()).digest())
