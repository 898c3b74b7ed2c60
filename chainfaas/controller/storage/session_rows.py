"""Log-ins in the database: challenges that are good once, and tokens, of which only the hash is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from chainfaas.controller.storage.schema import PRIVATE
from chainfaas.domain.identifiers import ProviderId

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from chainfaas.domain.encodings import Bytes32
    from chainfaas.domain.identifiers import Address

_NONCES = PRIVATE.nonces
_SESSIONS = PRIVATE.sessions


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """Who a token stands for.

    Attributes:
        account: The account that proved its key.
        provider_id: The provider that it operates; ``None`` for a developer.
        expires_at_seconds: Unix seconds.
    """

    account: Address
    provider_id: ProviderId | None
    expires_at_seconds: int


def insert_nonce(connection: Connection, nonce: Bytes32, holder: LoggedIn) -> None:
    """Keep a challenge that was given out.

    Args:
        connection: A connection in a transaction.
        nonce: Its nonce.
        holder: Whom it was given to, and until when it is good.
    """
    connection.execute(insert(_NONCES).values(nonce=nonce, **_columns(holder)))


def take_nonce(connection: Connection, nonce: Bytes32, now_seconds: int) -> LoggedIn | None:
    """Use a challenge up.

    Args:
        connection: A connection in a transaction.
        nonce: Its nonce.
        now_seconds: Unix seconds.

    Returns:
        Whom it was given to; ``None`` if it is unknown, over, or was used.
    """
    row = connection.execute(select(_NONCES).where(_NONCES.c.nonce == nonce)).one_or_none()
    if row is None:
        return None
    taken = connection.execute(delete(_NONCES).where(_NONCES.c.nonce == nonce))
    if taken.rowcount != 1 or row.expires_at_seconds <= now_seconds:
        return None
    return LoggedIn(row.account, _provider(row.provider_id), row.expires_at_seconds)


def insert_session(connection: Connection, token_hash: Bytes32, holder: LoggedIn) -> None:
    """Keep a token.

    Args:
        connection: A connection in a transaction.
        token_hash: Its hash.
        holder: Whom it stands for.
    """
    connection.execute(insert(_SESSIONS).values(token_hash=token_hash, **_columns(holder)))


def read_session(connection: Connection, token_hash: Bytes32) -> LoggedIn | None:
    """Return whom a token stands for, whether it is over or not.

    Args:
        connection: A connection.
        token_hash: Its hash.
    """
    row = connection.execute(select(_SESSIONS).where(_SESSIONS.c.token_hash == token_hash)).one_or_none()
    if row is None:
        return None
    return LoggedIn(row.account, _provider(row.provider_id), row.expires_at_seconds)


def delete_session(connection: Connection, token_hash: Bytes32) -> None:
    """Forget a token.

    Args:
        connection: A connection in a transaction.
        token_hash: Its hash.
    """
    connection.execute(delete(_SESSIONS).where(_SESSIONS.c.token_hash == token_hash))


def forget_expired(connection: Connection, now_seconds: int) -> None:
    """Remove challenges, tokens and idempotency keys that are over.

    Args:
        connection: A connection in a transaction.
        now_seconds: Unix seconds.
    """
    for table in (_NONCES, _SESSIONS, PRIVATE.idempotency_keys):
        connection.execute(delete(table).where(table.c.expires_at_seconds <= now_seconds))


def _columns(holder: LoggedIn) -> dict[str, object]:
    return {
        "account": holder.account,
        "provider_id": holder.provider_id,
        "expires_at_seconds": holder.expires_at_seconds,
    }


def _provider(number: int | None) -> ProviderId | None:
    return None if number is None else ProviderId(number)
