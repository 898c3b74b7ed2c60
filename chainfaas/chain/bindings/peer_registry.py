"""The peers that keep the ledger, and the controllers that they run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainfaas.chain.bindings.bound_contract import BoundContract, address_or_none
from chainfaas.domain.identifiers import Address, ControllerId
from chainfaas.domain.times import UnixSeconds

if TYPE_CHECKING:
    from chainfaas.chain.bindings.contract_call import ContractCall


@dataclass(frozen=True, slots=True)
class ControllerKey:
    """A controller as its batches see it.

    Attributes:
        key: What it signs and sends with, for ever.
        retired_at: Since when it is retired; ``None`` while it is active.
    """

    key: Address
    retired_at: UnixSeconds | None


@dataclass(frozen=True, slots=True)
class SettlementParties:
    """Who takes part in a settlement beside the provider.

    Attributes:
        controller: The controller's key and retirement.
        controller_payee: Where its commission goes.
        sealer_payee: Where the sealer's goes; ``None`` if the sealer is no peer, and it goes into the pool.
    """

    controller: ControllerKey
    controller_payee: Address
    sealer_payee: Address | None


class PeerRegistry(BoundContract):
    """Binding of the peer registry."""

    ARTEFACT = "PeerRegistry"

    def set_payout(self, payout: Address) -> ContractCall:
        """Set where the sender's commissions go; the sender is a peer's validator."""
        return self._call("setPayout", payout)

    def retire_controller(self, controller: ControllerId) -> ContractCall:
        """Stop a controller at once and for ever; the sender is the peer that runs it."""
        return self._call("retireController", controller)

    def payout_of(self, validator: Address) -> Address | None:
        """Read where a validator's commissions go; ``None`` if it is no peer."""
        return address_or_none(self._read("payoutOf", validator))

    def peer_count(self) -> int:
        """Read how many peers there are."""
        return int(self._read("peerCount"))

    def payouts(self) -> tuple[Address, ...]:
        """Read the payouts of all peers, in the order of the peers."""
        return tuple(Address.parse(each) for each in self._read("payouts"))

    def controller_count(self) -> int:
        """Read how many controllers there are; their ids run from 1."""
        return int(self._read("controllerCount"))

    def controller_key(self, controller: ControllerId) -> ControllerKey | None:
        """Read a controller's key; ``None`` if there is no such controller."""
        key, retired_at = self._read("controllerKey", controller)
        return _controller_key(key, retired_at)

    def controller_id_of(self, key: Address) -> ControllerId | None:
        """Read which controller has a key; ``None`` if there is none."""
        number = int(self._read("controllerIdOf", key))
        return ControllerId(number) if number else None

    def settlement_parties(self, controller: ControllerId, sealer: Address) -> SettlementParties | None:
        """Read who is paid beside the provider; ``None`` if there is no such controller.

        Args:
            controller: Whose jobs are settled.
            sealer: Who seals the block.
        """
        known = self.controller_key(controller)
        if known is None:
            return None
        _, _, controller_payee, sealer_payee = self._read("settlementParties", known.key, sealer)
        return SettlementParties(known, Address.parse(controller_payee), address_or_none(sealer_payee))


def _controller_key(key: str, retired_at: int) -> ControllerKey | None:
    address = address_or_none(key)
    if address is None:
        return None
    return ControllerKey(address, UnixSeconds(retired_at) if retired_at else None)
