"""Balances, and the escrows out of which controllers have jobs paid: the money side of the one ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainfaas.chain.bindings.bound_contract import BoundContract
from chainfaas.chain.bindings.token import signature_words
from chainfaas.domain.amounts import JobCap, TokenAmount, job_cap, token_amount
from chainfaas.domain.identifiers import Address, ControllerId, controller_id
from chainfaas.domain.times import UnixSeconds, unix_seconds

if TYPE_CHECKING:
    from chainfaas.chain.bindings.contract_call import ContractCall
    from chainfaas.domain.signatures import Signature


@dataclass(frozen=True, slots=True)
class Funding:
    """What a developer sets aside for a controller. The limits hold for all that is in the escrow.

    Attributes:
        controller: Who may have jobs paid out of it.
        amount: Taken from the developer's balance.
        job_cap: The most that one job may cost.
        expiry: When the escrow ends.
    """

    controller: ControllerId
    amount: TokenAmount
    job_cap: JobCap
    expiry: UnixSeconds

    def __post_init__(self) -> None:
        """Refuse what does not fit its field."""
        controller_id(self.controller)
        token_amount(self.amount)
        job_cap(self.job_cap)
        unix_seconds(self.expiry, "The expiry")


@dataclass(frozen=True, slots=True)
class Escrow:
    """What a controller may spend of a developer's money.

    Attributes:
        free: What is neither spent nor reserved.
        reserved: What open jobs can cost at most.
        job_cap: The most that one job may cost.
        expiry: After this no job is opened or recorded; 0 if there never was an escrow.
    """

    free: TokenAmount
    reserved: TokenAmount
    job_cap: JobCap
    expiry: UnixSeconds


class MonetaryLedger(BoundContract):
    """Binding of the money side; it is at the address of the MonitoringLedger."""

    ARTEFACT = "MonitoringLedger"

    def deposit(self, amount: TokenAmount) -> ContractCall:
        """Move the sender's approved tokens into its balance."""
        return self._call("deposit", amount)

    def deposit_for(self, account: Address, amount: TokenAmount) -> ContractCall:
        """Move the sender's approved tokens into another's balance."""
        return self._call("depositFor", account, amount)

    def deposit_and_fund(self, amount: TokenAmount, funding: Funding) -> ContractCall:
        """Deposit the sender's approved tokens, and set a part of its balance aside."""
        return self._call("depositAndFund", amount, _funding(funding))

    def deposit_with_permit(
        self, amount: TokenAmount, deadline: int, signature: Signature, funding: Funding | None
    ) -> ContractCall:
        """Deposit without an approval before, and set a part of the balance aside if asked to.

        Args:
            amount: What is deposited, and what the permit is for.
            deadline: The permit's, in Unix seconds.
            signature: The sender's, over a permit for the ledger.
            funding: What is set aside; nothing if absent.
        """
        return self._call(
            "depositWithPermit", amount, deadline, *signature_words(signature), _funding(funding)
        )

    def withdraw(self, to: Address, amount: TokenAmount) -> ContractCall:
        """Take tokens out of the sender's balance."""
        return self._call("withdraw", to, amount)

    def fund(self, funding: Funding) -> ContractCall:
        """Set a part of the sender's balance aside; cap and expiry only rise until the expiry."""
        return self._call("fund", _funding(funding))

    def revoke(self, controller: ControllerId) -> ContractCall:
        """End the sender's escrow after the grace, or at its expiry if that is earlier."""
        return self._call("revoke", controller)

    def close(self, controller: ControllerId) -> ContractCall:
        """Move what is free in the sender's expired escrow back into its balance."""
        return self._call("close", controller)

    def distribute(self) -> ContractCall:
        """Share the pool among the peers; anybody."""
        return self._call("distribute")

    def balance_of(self, account: Address) -> TokenAmount:
        """Read what an account can withdraw; the pool is the ledger's own address."""
        return token_amount(self._read("balanceOf", account))

    def escrow_of(self, developer: Address, controller: ControllerId) -> Escrow:
        """Read what a developer has set aside for a controller."""
        free, reserved, cap, expiry = self._read("escrowOf", developer, controller)
        return Escrow(token_amount(free), token_amount(reserved), job_cap(cap), UnixSeconds(expiry))

    def token(self) -> Address:
        """Read what balances are in."""
        return Address.parse(self._read("token"))

    def peers(self) -> Address:
        """Read where the peer registry is."""
        return Address.parse(self._read("peers"))

    def grace(self) -> int:
        """Read how many seconds a revoked escrow still pays."""
        return int(self._read("grace"))

    def commission(self) -> int:
        """Read the commission, in basis points."""
        return int(self._read("commission"))


def _funding(funding: Funding | None) -> tuple[int, int, int, int]:
    if funding is None:
        return (0, 0, 0, 0)
    return (funding.controller, funding.amount, funding.job_cap, funding.expiry)
