"""What the registries say of this provider and of controllers, read once and again when an event says so."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from chainfaas.domain.identifiers import ControllerId

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chainfaas.chain.bindings.contract_set import ContractSet
    from chainfaas.chain.bindings.peer_registry import ControllerKey
    from chainfaas.chain.bindings.provider_registry import StandingOffer
    from chainfaas.chain.event_decoder import ChainEvent
    from chainfaas.domain.identifiers import ProviderId
    from chainfaas.domain.prices import Offer
    from chainfaas.domain.times import UnixSeconds
    from chainfaas.provider.journal.chain_notes import BlockPlace


class Standing:
    """Own offer and controllers' keys. Any thread may ask."""

    def __init__(self, contracts: ContractSet, provider: ProviderId, grace_seconds: int) -> None:
        """Read nothing yet.

        Args:
            contracts: The contracts, through the own node.
            provider: This provider.
            grace_seconds: How long a former offer and a retired controller stay good.
        """
        self._contracts = contracts
        self._provider = provider
        self._grace_seconds = grace_seconds
        self._lock = threading.Lock()
        self._offer: StandingOffer | None = None
        self._controllers: dict[ControllerId, ControllerKey | None] = {}

    def asks(self, offer: Offer, now: UnixSeconds) -> bool:
        """Whether this provider asks an offer now, or asked it until less than the grace ago.

        Raises:
            ChainError: The own node does not answer.
        """
        with self._lock:
            if self._offer is None:
                self._offer = self._contracts.providers.offer_of(self._provider)
            standing = self._offer
        return offer == standing.offer or (
            offer == standing.former and now < standing.since + self._grace_seconds
        )

    def controller(self, controller: ControllerId) -> ControllerKey | None:
        """Return a controller's key and retirement; None if there is no such controller.

        Raises:
            ChainError: The own node does not answer.
        """
        with self._lock:
            known = self._controllers.get(controller)
            if known is None:
                known = self._contracts.peers.controller_key(controller)
                self._controllers[controller] = known
        return known

    def on_blocks(self, last: BlockPlace, events: Sequence[ChainEvent]) -> None:
        """Forget what events say has changed."""
        del last
        with self._lock:
            for event in events:
                if event.name == "OfferChanged" and event.args["providerId"] == self._provider:
                    self._offer = None
                elif event.name in ("ControllerRegistered", "ControllerRetired"):
                    self._controllers.clear()

    def on_rewind(self, place: BlockPlace) -> None:
        """Forget everything."""
        del place
        with self._lock:
            self._offer = None
            self._controllers.clear()
