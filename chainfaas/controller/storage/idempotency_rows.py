"""Which call a caller's idempotency key stands for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from chainfaas.controller.errors import KeyReusedError
from chainfaas.controller.storage.schema import PRIVATE
from chainfaas.domain.identifiers import InvocationId

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from chainfaas.domain.encodings import Bytes32
    from chainfaas.domain.identifiers import Address

_TABLE = PRIVATE.idempotency_keys


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A caller's key.

    Attributes:
        account: Whose.
        key: The text that the caller chose.
        request_hash: Hash of function and input, so that the key stands for one request only.
        expires_at_seconds: Unix seconds after which it may be used anew.
    """

    account: Address
    key: str
    request_hash: Bytes32
    expires_at_seconds: int


def find_invocation(connection: Connection, key: IdempotencyKey, now_seconds: int) -> InvocationId | None:
    """Return the call that a key stands for, or ``None`` if the key is free.

    Args:
        connection: A connection.
        key: The key.
        now_seconds: Unix seconds.

    Raises:
        KeyReusedError: It stands for another request.
    """
    columns = _TABLE.c
    query = select(_TABLE).where(columns.account == key.account, columns.key == key.key)
    row = connection.execute(query).one_or_none()
    if row is None or row.expires_at_seconds <= now_seconds:
        return None
    if row.request_hash != key.request_hash:
        raise KeyReusedError("This Idempotency-Key was used for another function or another input.")
    return InvocationId(row.invocation_id)


def claim_key(
    connection: Connection, key: IdempotencyKey, invocation: InvocationId, now_seconds: int
) -> InvocationId:
    """Let a key stand for a call, unless it stands for one already.

    Args:
        connection: A connection in a transaction, the call's.
        key: The key.
        invocation: The new call.
        now_seconds: Unix seconds.

    Returns:
        The call that the key stands for.

    Raises:
        KeyReusedError: It stands for another request.
    """
    known = find_invocation(connection, key, now_seconds)
    if known is not None:
        return known
    connection.execute(delete(_TABLE).where(_TABLE.c.account == key.account, _TABLE.c.key == key.key))
    connection.execute(
        insert(_TABLE).values(
            account=key.account,
            key=key.key,
            request_hash=key.request_hash,
            invocation_id=invocation.raw,
            expires_at_seconds=key.expires_at_seconds,
        )
    )
    return invocation
