"""Coin for transactions and, on networks marked dev, tokens, for addresses that proved their key."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select

from chainfaas.chain.outbox_entry import NewEntry
from chainfaas.controller.errors import RateLimitedError
from chainfaas.controller.storage.schema import PRIVATE
from chainfaas.domain.amounts import TOKEN, TokenAmount

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from chainfaas.chain.bindings.token import ChainFaaSToken
    from chainfaas.chain.sql_outbox import SqlOutbox
    from chainfaas.controller.storage.group_writer import GroupWriter
    from chainfaas.domain.identifiers import Address

_HOUR_SECONDS = 3_600
_GRANTS = PRIVATE.faucet_grants


@dataclass(frozen=True, slots=True)
class FaucetRules:
    """What a grant is.

    Attributes:
        coin_wei: Coin, in wei.
        tokens: Whole tokens; 0 on networks that are not marked dev.
        interval_seconds: How long an account waits for its next grant.
        grants_an_hour: Grants to all accounts together.
    """

    coin_wei: int
    tokens: int
    interval_seconds: int
    grants_an_hour: int


@dataclass(frozen=True, slots=True)
class Grant:
    """What an account is about to get.

    Attributes:
        coin_wei: Coin, in wei.
        tokens: Tokens, in base units.
    """

    coin_wei: int
    tokens: TokenAmount


class Faucet:
    """Orders transfers of its own key; its sender carries them out."""

    def __init__(
        self,
        rules: FaucetRules,
        token: ChainFaaSToken,
        signer: Address,
        outbox: SqlOutbox,
        writer: GroupWriter,
        wake_sender: Callable[[], None],
    ) -> None:
        """Give nothing yet.

        Args:
            rules: What a grant is.
            token: The unit of payment.
            signer: The account that pays.
            outbox: Where transfers are ordered.
            writer: Where grants are written.
            wake_sender: Called when the outbox has something new.
        """
        self._rules = rules
        self._token = token
        self._signer = signer
        self._outbox = outbox
        self._writer = writer
        self._wake_sender = wake_sender

    def grant(self, account: Address) -> Grant:
        """Give to an account.

        Args:
            account: Who proved its key.

        Returns:
            What is on its way.

        Raises:
            RateLimitedError: It had something lately, or all had too much.
        """
        grant = self._writer.run(lambda connection: self._order(connection, account))
        self._wake_sender()
        return grant

    def _order(self, connection: Connection, account: Address) -> Grant:
        rules, now = self._rules, int(time.time())
        last = connection.execute(
            select(_GRANTS.c.granted_at_seconds).where(_GRANTS.c.account == account)
        ).scalar_one_or_none()
        if last is not None and last + rules.interval_seconds > now:
            raise RateLimitedError(
                "This account had something from the faucet lately.", last + rules.interval_seconds - now
            )
        lately = select(func.count()).where(_GRANTS.c.granted_at_seconds > now - _HOUR_SECONDS)
        if connection.execute(lately).scalar_one() >= rules.grants_an_hour:
            raise RateLimitedError("The faucet gave enough for this hour.", _HOUR_SECONDS)
        connection.execute(delete(_GRANTS).where(_GRANTS.c.account == account))
        connection.execute(insert(_GRANTS).values(account=account, granted_at_seconds=now))
        key = f"faucet:{account}:{now}"
        self._outbox.enqueue_within(
            connection, NewEntry(f"{key}:coin", self._signer, account, value_wei=rules.coin_wei)
        )
        tokens = TokenAmount(rules.tokens * TOKEN)
        if tokens:
            call = self._token.transfer(account, tokens)
            self._outbox.enqueue_within(connection, call.entry(f"{key}:tokens", self._signer))
        return Grant(rules.coin_wei, tokens)
