"""What somebody does with its own money: deposits, escrows, withdrawals, each its own transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainfaas.chain.bindings.monetary_ledger import Escrow, Funding
from chainfaas.chain.bindings.token import Permit
from chainfaas.client.errors import EscrowNotFoundError
from chainfaas.domain.amounts import JobCap, TokenAmount
from chainfaas.domain.identifiers import Address, ControllerId
from chainfaas.domain.times import UnixSeconds

if TYPE_CHECKING:
    from chainfaas.client.chain_access import ChainAccess
    from chainfaas.client.own_account import OwnAccount, Sent

_PERMIT_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Holdings:
    """What an account has.

    Attributes:
        coin_wei: Coin, which pays for transactions.
        tokens: Tokens in its own hands.
        deposited: Tokens in the ledger that it can withdraw at once.
        escrows: What is set aside, by controller; controllers without are left out.
    """

    coin_wei: int
    tokens: TokenAmount
    deposited: TokenAmount
    escrows: dict[ControllerId, Escrow]


def read_holdings(chain: ChainAccess, account: Address) -> Holdings:
    """Read what an account has, as of the latest block.

    Args:
        chain: The network.
        account: Whose.

    Raises:
        ChainUnreachableError: The node does not answer.
    """
    contracts, web3 = chain.contracts, chain.connection
    numbers = range(1, contracts.peers.controller_count() + 1)
    escrows = {
        ControllerId(number): contracts.money.escrow_of(account, ControllerId(number)) for number in numbers
    }
    return Holdings(
        coin_wei=int(web3.eth.get_balance(web3.to_checksum_address(str(account)))),
        tokens=contracts.token.balance_of(account),
        deposited=contracts.money.balance_of(account),
        escrows={number: escrow for number, escrow in escrows.items() if escrow.expiry},
    )


@dataclass(frozen=True, slots=True)
class SpendingLimits:
    """What a controller may spend, beyond the amount.

    Attributes:
        job_cap: The most that one job may cost.
        seconds: How long from now.
    """

    job_cap: JobCap
    seconds: int


class OwnMoney:
    """The money of one account."""

    def __init__(self, account: OwnAccount) -> None:
        """Take an account.

        Args:
            account: Holds tokens, and coin for gas.
        """
        self._account = account
        self._chain = account.chain
        self._contracts = account.chain.contracts

    def deposit(self, amount: TokenAmount, funding: Funding | None = None) -> Sent:
        """Move tokens into the ledger, and a part of them into an escrow, in one transaction.

        A permit (EIP-2612) stands for the approval that would be a transaction of its own.

        Args:
            amount: How much comes in.
            funding: What is set aside at once.

        Raises:
            ChainFaaSError: As `OwnAccount.send`.
        """
        token, ledger, owner = self._contracts.token, self._contracts.money, self._account.address
        deadline = self._chain.now() + _PERMIT_SECONDS
        permit = Permit(owner, ledger.address, amount, token.nonces(owner), deadline)
        signature = self._account.key.sign(permit.digest(token.domain_separator()))
        return self._account.send(ledger.deposit_with_permit(amount, deadline, signature, funding))

    def funding(self, controller: ControllerId, amount: TokenAmount, limits: SpendingLimits) -> Funding:
        """Return what would be set aside, under limits no lower than those that stand.

        Until an escrow expires its limits only rise, so a lower one would be refused.

        Args:
            controller: Who may have jobs paid out of it.
            amount: How much is added.
            limits: What is wanted at least.
        """
        now = self._chain.now()
        standing = self._contracts.money.escrow_of(self._account.address, controller)
        cap, expiry = limits.job_cap, UnixSeconds(now + limits.seconds)
        if standing.expiry > now:
            cap, expiry = JobCap(max(cap, standing.job_cap)), UnixSeconds(max(expiry, standing.expiry))
        return Funding(controller, amount, cap, expiry)

    def fund(self, funding: Funding) -> Sent:
        """Set a part of the deposited tokens aside.

        Args:
            funding: How much, for whom, under which limits.

        Raises:
            ChainFaaSError: As `OwnAccount.send`.
        """
        return self._account.send(self._contracts.money.fund(funding))

    def revoke(self, controller: ControllerId) -> tuple[Sent, UnixSeconds]:
        """End an escrow; work in flight is still paid until the time that comes back.

        Args:
            controller: Whose escrow.

        Raises:
            EscrowNotFoundError: Nothing was ever set aside for this controller.
            ChainFaaSError: As `OwnAccount.send`.
        """
        self._check_escrow(controller)
        sent = self._account.send(self._contracts.money.revoke(controller))
        return sent, UnixSeconds(sent.number("EscrowRevoked", "expiry"))

    def close(self, controller: ControllerId) -> tuple[Sent, TokenAmount]:
        """Take back what is free in an escrow that is over, and return how much it was.

        Args:
            controller: Whose escrow.

        Raises:
            EscrowNotFoundError: Nothing was ever set aside for this controller.
            ChainFaaSError: As `OwnAccount.send`.
        """
        self._check_escrow(controller)
        sent = self._account.send(self._contracts.money.close(controller))
        return sent, TokenAmount(sent.number("EscrowClosed", "amount"))

    def withdraw(self, amount: TokenAmount, to: Address | None = None) -> Sent:
        """Take tokens out of the ledger.

        Args:
            amount: How much.
            to: Who gets them; the account itself if absent.

        Raises:
            ChainFaaSError: As `OwnAccount.send`.
        """
        return self._account.send(self._contracts.money.withdraw(to or self._account.address, amount))

    def transfer(self, to: Address, amount: TokenAmount) -> Sent:
        """Give tokens to somebody.

        Args:
            to: Who gets them.
            amount: How much.

        Raises:
            ChainFaaSError: As `OwnAccount.send`.
        """
        return self._account.send(self._contracts.token.transfer(to, amount))

    def _check_escrow(self, controller: ControllerId) -> None:
        # The contract takes these calls for an escrow that never was, so a mistyped number would go unseen.
        if not self._contracts.money.escrow_of(self._account.address, controller).expiry:
            raise EscrowNotFoundError(
                f"{self._account.address} has never set anything aside for controller {controller}."
            )
