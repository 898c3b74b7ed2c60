"""Two developers, two controllers and two providers play through everything that can become of a job.

::

    python examples/scripts/run_all.py --home .chainfaas

All of them run in this one process, but each has its own key and sends its own transactions, and what they
hand to each other is what `exchange.py` writes into files. Run the auditor afterwards. It takes about 40 s,
most of it waiting for a claim window to pass, so the network must have the short windows of `--preset dev`.
"""

from __future__ import annotations

import argparse
import secrets
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from chainfaas.chain.state_folder import StateFolder
from chainfaas.domain.amounts import TOKEN, BaseFee, Price, TokenAmount
from chainfaas.domain.errors import ChainFaaSError
from chainfaas.domain.identifiers import Address, ControllerId, ProviderId, VersionId
from chainfaas.domain.prices import Offer, reserved_cost
from examples.scripts import flows
from examples.scripts.account import Account
from examples.scripts.chain import Chain
from examples.scripts.controller import Controller
from examples.scripts.developer import WORD_COUNT_TERMS, Developer, supply, word_count_version
from examples.scripts.flows import Market
from examples.scripts.provider import DEFAULT_OFFER, Provider

_Result = TypeVar("_Result")

_TOKENS_EACH = TokenAmount(100 * TOKEN)
_DEPOSIT = TokenAmount(50 * TOKEN)
_FUNDING = TokenAmount(10 * TOKEN)
_OTHER_OFFER = Offer(BaseFee(5 * 10**14), Price(2 * 10**10))


@dataclass(frozen=True)
class Cast:
    """Everybody who plays."""

    chain: Chain
    stranger: Account
    main: Market
    """The first developer, controller and provider."""
    other: Market
    """The second ones."""
    poor: Market
    """A developer who has set aside enough for one job only, at the second controller."""

    @property
    def accounts(self) -> list[Account]:
        """All accounts, each once."""
        markets = (self.main, self.other, self.poor)
        developers = [market.developer.account for market in markets]
        controllers = [market.controller.account for market in markets[:2]]
        providers = [account for market in markets[:2] for account in _accounts_of(market.provider)]
        return [self.stranger, *developers, *controllers, *providers]


def gather(home: StateFolder, run_name: str) -> Cast:
    """Make the keys, hand out coin and tokens, register, deposit and publish.

    Args:
        home: State folder of a running network with two controllers.
        run_name: Goes into the names of the keys, so that each run has fresh ones.
    """
    chain = Chain.open_home(home)

    def account(name: str) -> Account:
        return Account.open(chain, home, f"{name}-{run_name}")

    stranger = account("stranger")
    developers = [Developer(account(name)) for name in ("alice", "carol", "dave")]
    providers = [Provider(account(name), account(f"{name}-operator")) for name in ("bob", "eve")]
    controllers = [Controller.open_home(chain, home, ControllerId(number)) for number in (1, 2)]
    receivers: list[Address] = [stranger.address, *(each.address for each in developers)]
    receivers += [each.address for provider in providers for each in _accounts_of(provider)]
    treasury = Account.open(chain, home, "deployer")
    supply(treasury, receivers, _TOKENS_EACH)
    treasury.close()
    jobs: list[Callable[[], object]] = [
        lambda: providers[0].register(DEFAULT_OFFER),
        lambda: providers[1].register(_OTHER_OFFER),
        lambda: settle_in(developers[0], controllers[0], _FUNDING),
        lambda: settle_in(developers[1], controllers[1], _FUNDING),
        # Enough for one job at the second provider's price and not for two.
        lambda: settle_in(developers[2], controllers[1], _one_job_and_a_half(_OTHER_OFFER)),
    ]
    at_bob, at_eve, *versions = _side_by_side(jobs)
    bob, eve = (providers[0], ProviderId(int(str(at_bob)))), (providers[1], ProviderId(int(str(at_eve))))
    known = [VersionId(int(str(version))) for version in versions]
    return Cast(
        chain=chain,
        stranger=stranger,
        main=Market(developers[0], known[0], controllers[0], *bob),
        other=Market(developers[1], known[1], controllers[1], *eve),
        poor=Market(developers[2], known[2], controllers[1], *eve),
    )


def settle_in(developer: Developer, controller: Controller, funding: TokenAmount) -> VersionId:
    """Do what a developer does before the first call.

    Args:
        developer: Who.
        controller: Who is to order its jobs.
        funding: How much is set aside for that.
    """
    developer.deposit(_DEPOSIT, developer.funding(controller.controller, funding))
    return developer.publish(developer.create_function("word-count"), word_count_version())


def play(cast: Cast) -> list[str]:
    """Play every story; those that do not touch each other at the same time.

    Args:
        cast: Who plays.

    Returns:
        What happened, a line each.

    Raises:
        ChainFaaSError: Something happened that should not.
    """
    forgotten = flows.begin_to_expire(cast.main)
    stories = (flows.open_and_settle, flows.settle_in_two_parts, flows.decline)
    others = (flows.take_fast_path, flows.open_signed, flows.change_offer)
    told = _side_by_side(
        [
            lambda: [story(cast.main) for story in stories],
            lambda: [story(cast.other) for story in others],
            lambda: [flows.run_out_of_money(cast.poor)],
            lambda: [flows.expire(cast.main, cast.stranger, forgotten)],
        ]
    )
    return [line for lines in told for line in lines]


def _one_job_and_a_half(offer: Offer) -> TokenAmount:
    return TokenAmount(reserved_cost(WORD_COUNT_TERMS, offer) * 3 // 2)


def _accounts_of(provider: Provider) -> tuple[Account, Account]:
    return provider.owner, provider.operator


def _side_by_side(jobs: Sequence[Callable[[], _Result]]) -> list[_Result]:
    with ThreadPoolExecutor(len(jobs)) as pool:
        return [done.result() for done in [pool.submit(job) for job in jobs]]


def main() -> int:
    """Play, print what happened, and say by the exit code whether all went as it should."""
    parser = argparse.ArgumentParser(description="Play through everything that can become of a job.")
    parser.add_argument("--home", type=Path, default=Path(".chainfaas"), help="state folder of the network")
    arguments = parser.parse_args()
    try:
        cast = gather(StateFolder(arguments.home), secrets.token_hex(4))
        for line in play(cast):
            print(f"- {line}")
    except ChainFaaSError as fault:
        print(fault, file=sys.stderr)
        return 1
    for account in cast.accounts:
        account.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
