"""A developer: deposits by permit, sets money aside for a controller, publishes a function to be called.

::

    python examples/scripts/developer.py --home .chainfaas --name alice --controller 1

Every step is the developer's own transaction. Run it again to deposit more: the function is there already.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from chainfaas.chain.bindings.function_registry import NewVersion
from chainfaas.chain.bindings.monetary_ledger import Funding
from chainfaas.chain.bindings.token import Permit
from chainfaas.chain.event_decoder import ChainEvent
from chainfaas.chain.state_folder import StateFolder
from chainfaas.domain.amounts import TOKEN, JobCap, MaxCost, TokenAmount, format_tokens, parse_tokens
from chainfaas.domain.content_hashes import file_hash
from chainfaas.domain.identifiers import Address, ControllerId, FunctionId, VersionId, controller_id
from chainfaas.domain.keccak import keccak256
from chainfaas.domain.manifests import Image, Manifest, Mode, Warm
from chainfaas.domain.prices import Terms
from chainfaas.domain.times import UnixSeconds
from examples.scripts.account import Account
from examples.scripts.chain import Chain
from examples.scripts.event_fields import number, the_event

COIN_WEI = 10**18
"""Coin for a thousand transactions."""

WORD_COUNT_TERMS = Terms(max_cost=MaxCost(10**8), memory_mib=128, timeout_ms=30_000)
"""At most a tenth of a token a call."""

_ESCROW_SECONDS = 7 * 24 * 60 * 60
_JOB_CAP = JobCap(10**5)


class Developer:
    """Pays for calls, and never for more than was set aside."""

    def __init__(self, account: Account) -> None:
        """Take the developer's account.

        Args:
            account: Holds tokens, and coin for gas.
        """
        self.account = account
        self._contracts = account.chain.contracts

    @property
    def address(self) -> Address:
        """Who this is."""
        return self.account.address

    def funding(
        self, controller: ControllerId, amount: TokenAmount, seconds: int = _ESCROW_SECONDS
    ) -> Funding:
        """Return what would be set aside for a controller.

        Args:
            controller: Who may have jobs paid out of it.
            amount: How much.
            seconds: For how long.
        """
        expiry = UnixSeconds(self.account.chain.now() + seconds)
        return Funding(controller, amount, _JOB_CAP, expiry)

    def deposit(self, amount: TokenAmount, funding: Funding | None = None) -> None:
        """Move tokens into the ledger, and a part of them into an escrow, with one transaction.

        The permit (EIP-2612) stands for the approval that would be a transaction of its own.

        Args:
            amount: How much comes in.
            funding: What of it is set aside at once.
        """
        token, ledger = self._contracts.token, self._contracts.money
        nonce = token.nonces(self.address)
        deadline = self.account.chain.now() + 600
        permit = Permit(self.address, ledger.address, amount, nonce, deadline)
        signature = self.account.key.sign(permit.digest(token.domain_separator()))
        call = ledger.deposit_with_permit(amount, deadline, signature, funding)
        self.account.send(f"deposit:{nonce}", call)

    def fund(self, funding: Funding) -> None:
        """Set more aside.

        Args:
            funding: How much for whom; cap and expiry may not fall.
        """
        effect = f"fund:{funding.controller}:{funding.amount}:{funding.expiry}"
        self.account.send(effect, self._contracts.money.fund(funding))

    def create_function(self, name: str) -> FunctionId:
        """Make a function.

        Args:
            name: What we call it; the chain knows its number only.
        """
        events = self.account.send(f"create:{name}", self._contracts.functions.create())
        return FunctionId(number(the_event(events, "FunctionCreated"), "functionId"))

    def publish(self, function: FunctionId, version: NewVersion) -> VersionId:
        """Publish a version, and have calls run it from now on.

        Args:
            function: Which function.
            version: What is published.
        """
        call = self._contracts.functions.publish(function, version, live=True)
        events = self.account.send(f"publish:{function}:{keccak256(call.data).hex()[:16]}", call)
        return VersionId(number(the_event(events, "VersionPublished"), "versionId"))

    def revoke(self, controller: ControllerId) -> UnixSeconds:
        """End an escrow, and return when it is over: work in flight is still paid until then.

        Args:
            controller: Whose escrow.
        """
        events = self.account.send(
            f"revoke:{controller}:{self.account.nonce()}", self._contracts.money.revoke(controller)
        )
        return UnixSeconds(number(the_event(events, "EscrowRevoked"), "expiry"))

    def close(self, controller: ControllerId) -> TokenAmount:
        """Take back what is free in an escrow that is over, and return how much it was.

        Args:
            controller: Whose escrow.
        """
        events = self.account.send(
            f"close:{controller}:{self.account.nonce()}", self._contracts.money.close(controller)
        )
        return TokenAmount(number(the_event(events, "EscrowClosed"), "amount"))

    def withdraw(self, amount: TokenAmount) -> list[ChainEvent]:
        """Take tokens out of the ledger.

        Args:
            amount: How much.
        """
        call = self._contracts.money.withdraw(self.address, amount)
        return self.account.send(f"withdraw:{self.account.nonce()}", call)


def word_count_version(terms: Terms = WORD_COUNT_TERMS) -> NewVersion:
    """Return a version to publish: a program that counts words.

    Args:
        terms: What one call may use and cost.
    """
    digest = file_hash(b"an image that nobody pulls in these scripts").hex()
    manifest = Manifest(
        image=Image("registry.example/word-count", f"sha256:{digest}"),
        content_type="text/plain",
        mode=Mode.ONESHOT,
        warm=Warm(prestart=True, reuse=False),
        environment=(),
        output_limit_bytes=1024,
        name="word-count",
    )
    return NewVersion(terms, manifest)


def supply(treasury: Account, receivers: list[Address], tokens: TokenAmount) -> None:
    """Give accounts coin and tokens, as the faucet of a development network does.

    Args:
        treasury: Who has both.
        receivers: Who needs both.
        tokens: How much each gets.
    """
    token = treasury.chain.contracts.token
    treasury.send_all(
        {f"tokens:{receiver}": token.transfer(receiver, tokens) for receiver in receivers},
        {f"coin:{receiver}": (receiver, COIN_WEI) for receiver in receivers},
    )


def main() -> None:
    """Do all that a developer does before the first call, and print what came of it."""
    parser = argparse.ArgumentParser(description="Deposit, fund, create and publish.")
    parser.add_argument("--home", type=Path, default=Path(".chainfaas"), help="state folder of the network")
    parser.add_argument("--name", default="alice", help="name of the developer's key")
    parser.add_argument("--controller", type=controller_id, default=ControllerId(1), help="controller's id")
    parser.add_argument("--tokens", type=parse_tokens, default=parse_tokens("10"), help="tokens to deposit")
    arguments = parser.parse_args()
    home = StateFolder(arguments.home)
    chain = Chain.open_home(home)
    developer = Developer(Account.open(chain, home, arguments.name))
    supply(Account.open(chain, home, "deployer"), [developer.address], TokenAmount(100 * TOKEN))
    developer.deposit(arguments.tokens, developer.funding(arguments.controller, arguments.tokens))
    function = developer.create_function("word-count")
    version = developer.publish(function, word_count_version())
    escrow = chain.contracts.money.escrow_of(developer.address, arguments.controller)
    print(f"developer {developer.address}")
    print(f"function  fn-{function}, version {version}")
    print(f"escrow    {format_tokens(escrow.free)} tokens for controller {arguments.controller}")


if __name__ == "__main__":
    main()
