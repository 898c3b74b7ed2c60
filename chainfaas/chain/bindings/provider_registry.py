"""The providers: their keys, what they ask, what they stake."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainfaas.chain.bindings.bound_contract import BoundContract, address_or_none
from chainfaas.domain.amounts import TokenAmount, base_fee, price, token_amount
from chainfaas.domain.identifiers import Address, ProviderId
from chainfaas.domain.prices import Offer
from chainfaas.domain.times import UnixSeconds

if TYPE_CHECKING:
    from chainfaas.chain.bindings.contract_call import ContractCall


@dataclass(frozen=True, slots=True)
class StandingOffer:
    """What a provider asks.

    Attributes:
        offer: Now.
        former: Before the last change; it stays good for the grace.
        since: Time of the last change.
    """

    offer: Offer
    former: Offer
    since: UnixSeconds


@dataclass(frozen=True, slots=True)
class Stake:
    """What stands for a provider's word.

    Attributes:
        staked: What is staked.
        unbonding: What was asked back.
        until: From when that may be taken; 0 if nothing was ever asked back.
    """

    staked: TokenAmount
    unbonding: TokenAmount
    until: UnixSeconds


class ProviderRegistry(BoundContract):
    """Binding of the provider registry."""

    ARTEFACT = "ProviderRegistry"

    def register(self, operator: Address, payout: Address, offer: Offer, metadata: str) -> ContractCall:
        """Become a provider, owned by the sender.

        Args:
            operator: The hot key that the daemon works with.
            payout: Where the earnings go.
            offer: What a run costs.
            metadata: What others may know of it, at most 1,024 bytes.
        """
        return self._call("register", operator, payout, offer.base_fee, offer.price, metadata)

    def set_owner(self, provider: ProviderId, owner: Address) -> ContractCall:
        """Give the provider to another owner, at once and for ever; owner only."""
        return self._call("setOwner", provider, owner)

    def set_operator(self, provider: ProviderId, operator: Address) -> ContractCall:
        """Change the hot key; owner only."""
        return self._call("setOperator", provider, operator)

    def set_payout(self, provider: ProviderId, payout: Address) -> ContractCall:
        """Change where later earnings go; owner only."""
        return self._call("setPayout", provider, payout)

    def set_metadata(self, provider: ProviderId, metadata: str) -> ContractCall:
        """Change the metadata; owner or operator."""
        return self._call("setMetadata", provider, metadata)

    def set_offer(self, provider: ProviderId, offer: Offer) -> ContractCall:
        """Change the offer, at most once in the grace; owner or operator."""
        return self._call("setOffer", provider, offer.base_fee, offer.price)

    def stake(self, provider: ProviderId, amount: TokenAmount) -> ContractCall:
        """Add to the stake out of the sender's approved tokens; owner only."""
        return self._call("stake", provider, amount)

    def unbond(self, provider: ProviderId, amount: TokenAmount) -> ContractCall:
        """Ask a part of the stake back, which starts the wait anew for all of that; owner only."""
        return self._call("unbond", provider, amount)

    def withdraw_stake(self, provider: ProviderId, to: Address) -> ContractCall:
        """Take what was asked back, after the wait; owner only."""
        return self._call("withdrawStake", provider, to)

    def owner_of(self, provider: ProviderId) -> Address | None:
        """Read a provider's owner; ``None`` if there is no such provider."""
        return address_or_none(self._read("ownerOf", provider))

    def operator_of(self, provider: ProviderId) -> Address | None:
        """Read a provider's operator; ``None`` if there is no such provider."""
        return address_or_none(self._read("operatorOf", provider))

    def payout_of(self, provider: ProviderId) -> Address | None:
        """Read where a provider's earnings go; ``None`` if there is no such provider."""
        return address_or_none(self._read("payoutOf", provider))

    def metadata_of(self, provider: ProviderId) -> str:
        """Read a provider's metadata; text that anybody may have written."""
        return str(self._read("metadataOf", provider))

    def offer_of(self, provider: ProviderId) -> StandingOffer:
        """Read what a provider asks; all zero if there is no such provider."""
        fee, unit_price, former_fee, former_price, since = self._read("offerOf", provider)
        return StandingOffer(
            offer=Offer(base_fee(fee), price(unit_price)),
            former=Offer(base_fee(former_fee), price(former_price)),
            since=UnixSeconds(since),
        )

    def stake_of(self, provider: ProviderId) -> Stake:
        """Read a provider's stake."""
        staked, unbonding, until = self._read("stakeOf", provider)
        return Stake(token_amount(staked), token_amount(unbonding), UnixSeconds(until))

    def provider_count(self) -> int:
        """Read the highest provider id."""
        return int(self._read("providerCount"))

    def payee_for(self, provider: ProviderId, account: Address) -> Address | None:
        """Read where earnings go if an account may act for a provider; ``None`` if it may not."""
        return address_or_none(self._read("payeeFor", provider, account))

    def accepts(self, provider: ProviderId, offer: Offer) -> bool:
        """Read whether a provider asks this, or asked it until less than the grace ago."""
        return bool(self._read("accepts", provider, offer.base_fee, offer.price))

    def token(self) -> Address:
        """Read what stakes are made of."""
        return Address.parse(self._read("token"))

    def grace(self) -> int:
        """Read how many seconds a former offer stays good, and an offer stands at least."""
        return int(self._read("grace"))

    def unbonding_time(self) -> int:
        """Read how many seconds a stake that was asked back still stands."""
        return int(self._read("unbondingTime"))
