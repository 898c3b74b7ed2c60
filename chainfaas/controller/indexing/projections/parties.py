"""Providers with their offers, peers and controllers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from chainfaas.controller.indexing.errors import EventOrderError

if TYPE_CHECKING:
    from collections.abc import Callable

    from chainfaas.controller.indexing.plain_event import PlainEvent
    from chainfaas.controller.indexing.working_set import Row, WorkingSet


def _provider_registered(event: PlainEvent, rows: WorkingSet) -> None:
    # The events that follow in the same transaction bring metadata and offer.
    numbers = ("base_fee", "price", "former_base_fee", "former_price", "offer_since")
    stake = ("staked", "unbonding", "unbonding_until")
    rows.put(
        "providers",
        {
            **dict.fromkeys((*numbers, *stake), 0),
            "provider_id": event.number("providerId"),
            "owner": event.text("owner"),
            "operator": event.text("operator"),
            "payout": event.text("payout"),
            "metadata": "",
        },
    )


def _provider_changed(event: PlainEvent, rows: WorkingSet) -> None:
    names = ("owner", "operator", "payout", "metadata")
    rows.put("providers", {**_provider(event, rows), **{name: event.text(name) for name in names}})


def _offer_changed(event: PlainEvent, rows: WorkingSet) -> None:
    provider = _provider(event, rows)
    base_fee, price, since = event.number("baseFee"), event.number("price"), event.number("since")
    is_first = provider["offer_since"] == 0
    rows.put(
        "providers",
        {
            **provider,
            "base_fee": base_fee,
            "price": price,
            "former_base_fee": base_fee if is_first else provider["base_fee"],
            "former_price": price if is_first else provider["price"],
            "offer_since": since,
        },
    )
    rows.put(
        "offers",
        {
            "block_hash": event.block_hash,
            "log_index": event.log_index,
            "block_number": event.block_number,
            "provider_id": event.number("providerId"),
            "base_fee": base_fee,
            "price": price,
            "since": since,
        },
    )


def _stake_changed(event: PlainEvent, rows: WorkingSet) -> None:
    rows.put(
        "providers",
        {
            **_provider(event, rows),
            "staked": event.number("staked"),
            "unbonding": event.number("unbonding"),
            "unbonding_until": event.number("until"),
        },
    )


def _peer_changed(event: PlainEvent, rows: WorkingSet) -> None:
    rows.put(
        "peers",
        {
            "validator": event.text("validator"),
            "payout": event.text("payout"),
            "name": event.text("name"),
            "is_active": bool(event.args["active"]),
        },
    )


def _controller_registered(event: PlainEvent, rows: WorkingSet) -> None:
    rows.put(
        "controllers",
        {
            "controller_id": event.number("cid"),
            "peer": event.text("peer"),
            "key": event.text("key"),
            "payout": event.text("payout"),
            "retired_at": 0,
        },
    )


def _controller_retired(event: PlainEvent, rows: WorkingSet) -> None:
    controller = rows.get("controllers", event.number("cid"))
    if controller is None:
        raise EventOrderError(f"Controller {event.number('cid')} retires before it was registered.")
    rows.put("controllers", {**controller, "retired_at": event.number("retiredAt")})


def _provider(event: PlainEvent, rows: WorkingSet) -> Row:
    provider = rows.get("providers", event.number("providerId"))
    if provider is None:
        raise EventOrderError(
            f"{event.name} of provider {event.number('providerId')} comes before it registered."
        )
    return provider


HANDLERS: Final[dict[str, Callable[[PlainEvent, WorkingSet], None]]] = {
    "ProviderRegistered": _provider_registered,
    "ProviderChanged": _provider_changed,
    "OfferChanged": _offer_changed,
    "StakeChanged": _stake_changed,
    "PeerChanged": _peer_changed,
    "ControllerRegistered": _controller_registered,
    "ControllerRetired": _controller_retired,
}
"""What follows from each event about providers, peers and controllers."""
