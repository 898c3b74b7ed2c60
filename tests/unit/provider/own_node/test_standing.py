from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, cast

from chainfaas.chain.bindings.contract_set import ContractSet
from chainfaas.chain.bindings.peer_registry import ControllerKey
from chainfaas.chain.bindings.provider_registry import StandingOffer
from chainfaas.domain.amounts import BaseFee, Price
from chainfaas.domain.identifiers import ControllerId, ProviderId
from chainfaas.domain.prices import Offer
from chainfaas.domain.times import UnixSeconds
from chainfaas.provider.journal.chain_notes import BlockPlace
from chainfaas.provider.own_node.standing import Standing
from tests.unit.provider.provider_samples import CONTROLLER, CONTROLLER_KEY, OFFER, PROVIDER

FORMER = Offer(BaseFee(1), Price(1))
PLACE = BlockPlace(5, bytes(32))
GRACE_SECONDS = 10
STANDING_OFFER = StandingOffer(OFFER, FORMER, UnixSeconds(100))
ACTIVE = ControllerKey(CONTROLLER_KEY.address, None)


@dataclass
class Registries:
    """What the chain would say, and how often it was asked."""

    offer: StandingOffer = STANDING_OFFER
    key: ControllerKey | None = ACTIVE
    asked: list[str] = field(default_factory=list)

    def offer_of(self, provider: ProviderId) -> StandingOffer:
        assert provider == PROVIDER
        self.asked.append("offer")
        return self.offer

    def controller_key(self, controller: ControllerId) -> ControllerKey | None:
        self.asked.append("key")
        return self.key if controller == CONTROLLER else None

    def standing(self) -> Standing:
        contracts = SimpleNamespace(providers=self, peers=self)
        return Standing(cast("ContractSet", contracts), PROVIDER, GRACE_SECONDS)


def event(name: str, **args: int) -> Any:  # noqa: ANN401 - only two of an event's fields are read
    return SimpleNamespace(name=name, args=args)


def test_asks__present_and_former_offer__the_former_until_the_grace_is_over() -> None:
    registries = Registries()
    standing = registries.standing()
    assert standing.asks(OFFER, UnixSeconds(1_000))
    assert standing.asks(FORMER, UnixSeconds(109))
    assert not standing.asks(FORMER, UnixSeconds(110))
    assert not standing.asks(Offer(BaseFee(2), Price(1)), UnixSeconds(100))
    assert registries.asked == ["offer"]


def test_asks__offer_changed__read_again_if_it_is_the_own() -> None:
    registries = Registries()
    standing = registries.standing()
    assert standing.asks(OFFER, UnixSeconds(1_000))
    registries.offer = replace(registries.offer, offer=FORMER)
    standing.on_blocks(PLACE, [event("OfferChanged", providerId=PROVIDER + 1)])
    assert standing.asks(OFFER, UnixSeconds(1_000))
    standing.on_blocks(PLACE, [event("OfferChanged", providerId=PROVIDER)])
    assert not standing.asks(OFFER, UnixSeconds(1_000))


def test_controller__retired__known_after_its_event() -> None:
    registries = Registries()
    standing = registries.standing()
    assert standing.controller(CONTROLLER) == registries.key
    assert standing.controller(ControllerId(9)) is None
    registries.key = ControllerKey(CONTROLLER_KEY.address, UnixSeconds(5))
    assert standing.controller(CONTROLLER) != registries.key
    standing.on_blocks(PLACE, [event("ControllerRetired", cid=CONTROLLER)])
    assert standing.controller(CONTROLLER) == registries.key


def test_on_rewind__everything__read_again() -> None:
    registries = Registries()
    standing = registries.standing()
    standing.asks(OFFER, UnixSeconds(0))
    standing.controller(CONTROLLER)
    standing.on_rewind(PLACE)
    standing.asks(OFFER, UnixSeconds(0))
    standing.controller(CONTROLLER)
    assert registries.asked == ["offer", "key"] * 2
