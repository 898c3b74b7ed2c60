"""Who takes part and on what terms: peers, controllers, providers, functions and versions."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from chainfaas.chain.event_decoder import ChainEvent
from chainfaas.domain.amounts import BaseFee, MaxCost, Price
from chainfaas.domain.identifiers import Address
from chainfaas.domain.prices import Offer, Terms
from examples.scripts.audit.findings import Findings
from examples.scripts.event_fields import account, number

_NO_OFFER = Offer(BaseFee(0), Price(0))


@dataclass(frozen=True, slots=True)
class Version:
    """What a version's event says about its jobs: who pays, and how much at most."""

    function_id: int
    developer: Address
    terms: Terms


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider; the offer before the last change stays good for a while."""

    owner: Address
    operator: Address
    payout: Address
    offer: Offer = _NO_OFFER
    former: Offer = _NO_OFFER
    staked: int = 0
    """In base units, with what was asked back and not yet taken."""


@dataclass(frozen=True, slots=True)
class Controller:
    """A controller: the key that signs, and where its commissions go."""

    peer: Address
    key: Address
    payout: Address


@dataclass(slots=True)
class PartyBook:
    """Everybody that the events told of so far."""

    findings: Findings
    parameters: dict[str, int] = field(default_factory=dict)
    """L, G and W in seconds, bps in hundredths of a per cent."""
    peers: dict[Address, Address] = field(default_factory=dict)
    """Payout by validator."""
    controllers: dict[int, Controller] = field(default_factory=dict)
    providers: dict[int, Provider] = field(default_factory=dict)
    functions: dict[int, Address] = field(default_factory=dict)
    """Owner by function."""
    versions: dict[int, Version] = field(default_factory=dict)

    def parameter_changed(self, event: ChainEvent) -> None:
        """Take a parameter."""
        name = event.args["name"]
        self.parameters[bytes(name).rstrip(b"\0").decode() if isinstance(name, bytes) else ""] = number(
            event, "value"
        )

    def peer_changed(self, event: ChainEvent) -> None:
        """Take a peer's payout."""
        self.peers[account(event, "validator")] = account(event, "payout")

    def controller_registered(self, event: ChainEvent) -> None:
        """Take a controller; their ids run from 1."""
        cid = number(event, "cid")
        self.findings.compare("controller ids", f"controller {cid}", len(self.controllers) + 1, cid, "events")
        self.controllers[cid] = Controller(
            account(event, "peer"), account(event, "key"), account(event, "payout")
        )

    def provider_registered(self, event: ChainEvent) -> None:
        """Take a provider; their ids run from 1."""
        provider = number(event, "providerId")
        self.findings.compare(
            "provider ids", f"provider {provider}", len(self.providers) + 1, provider, "events"
        )
        self.providers[provider] = Provider(
            account(event, "owner"), account(event, "operator"), account(event, "payout")
        )

    def provider_changed(self, event: ChainEvent) -> None:
        """Take a provider's keys and payout."""
        if known := self._provider(event):
            self.providers[number(event, "providerId")] = replace(
                known,
                owner=account(event, "owner"),
                operator=account(event, "operator"),
                payout=account(event, "payout"),
            )

    def offer_changed(self, event: ChainEvent) -> None:
        """Take an offer, and keep the one before."""
        if known := self._provider(event):
            offer = Offer(BaseFee(number(event, "baseFee")), Price(number(event, "price")))
            self.providers[number(event, "providerId")] = replace(known, offer=offer, former=known.offer)

    def stake_changed(self, event: ChainEvent) -> None:
        """Take a stake."""
        if known := self._provider(event):
            staked = number(event, "staked") + number(event, "unbonding")
            self.providers[number(event, "providerId")] = replace(known, staked=staked)

    def function_created(self, event: ChainEvent) -> None:
        """Take a function; their ids run from 1."""
        function = number(event, "functionId")
        self.findings.compare(
            "function ids", f"function {function}", len(self.functions) + 1, function, "events"
        )
        self.functions[function] = account(event, "owner")

    def function_transferred(self, event: ChainEvent) -> None:
        """Take a function's new owner."""
        function = number(event, "functionId")
        self.findings.compare(
            "function owner",
            f"function {function}",
            self.functions.get(function),
            event.args["from"],
            "events",
        )
        self.functions[function] = account(event, "to")

    def version_published(self, event: ChainEvent) -> None:
        """Take a version's terms; its developer owns the function, and the ids run from 1."""
        version, function = number(event, "versionId"), number(event, "functionId")
        subject = f"version {version}"
        developer = account(event, "developer")
        self.findings.compare("version ids", subject, len(self.versions) + 1, version, "events")
        self.findings.compare("version's payer", subject, self.functions.get(function), developer, "events")
        max_cost, memory_mib, timeout_ms = (
            number(event, name) for name in ("maxCost", "memoryMiB", "timeoutMs")
        )
        self.versions[version] = Version(
            function, developer, Terms(MaxCost(max_cost), memory_mib, timeout_ms)
        )

    def _provider(self, event: ChainEvent) -> Provider | None:
        provider = number(event, "providerId")
        known = self.providers.get(provider)
        self.findings.require(
            "a provider registers first", event, f"provider {provider}", holds=known is not None
        )
        return known
