"""Which prices a call is reckoned with: those that the command line gives, else those on the network."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from chainfaas.domain.amounts import base_fee, parse_tokens, price
from chainfaas.domain.errors import ChainFaaSError, InvalidInputError
from chainfaas.domain.prices import Offer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chainfaas.client.controller_client import ControllerClient
    from chainfaas.domain.canonical_json import JsonValue


def given_offer(fee_tokens: str | None, base_units: int | None) -> Offer | None:
    """Return the offer that a command line gives, or nothing where it gives none.

    Args:
        fee_tokens: Tokens for each job; none where it is absent and a price is there.
        base_units: Base units for a MiB held for a millisecond; none where it is absent and a fee is there.

    Raises:
        InvalidAmountError: One of them is no such amount.
    """
    if fee_tokens is None and base_units is None:
        return None
    return Offer(base_fee(parse_tokens(fee_tokens or "0")), price(base_units or 0))


def network_offers(open_controller: Callable[[], ControllerClient], *, is_named: bool) -> tuple[Offer, ...]:
    """Return what the providers on the network ask; nothing where no controller can be asked.

    Args:
        open_controller: Gives the controller.
        is_named: Whether somebody asked for just this one, so that it has to answer.

    Raises:
        ChainFaaSError: The controller that was named does not answer, or with nonsense.
    """
    try:
        return parse_offers(open_controller().providers())
    except ChainFaaSError:
        if is_named:
            raise
        return ()


def parse_offers(providers: Sequence[Mapping[str, JsonValue]]) -> tuple[Offer, ...]:
    """Return the offers of providers as a controller shows them.

    Args:
        providers: The controller's documents.

    Raises:
        InvalidInputError: One is malformed.
    """
    try:
        return tuple(Offer(base_fee(str(one["baseFee"])), price(str(one["price"]))) for one in providers)
    except KeyError as fault:
        raise InvalidInputError(f"The controller shows a provider without {fault}.") from fault
