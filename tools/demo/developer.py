"""The developer of the demonstration: its wallet, its escrow, and the functions that it publishes."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from dataclasses import dataclass

from chainfaas.chain.bindings.function_registry import NewVersion
from chainfaas.chain.state_folder import StateFolder
from chainfaas.client.answers import text_member
from chainfaas.client.chain_access import ChainAccess
from chainfaas.client.controller_client import ControllerClient
from chainfaas.client.errors import ThingNotFoundError
from chainfaas.client.function_file import FunctionFile
from chainfaas.client.own_account import OwnAccount
from chainfaas.client.own_money import OwnMoney, SpendingLimits, read_holdings
from chainfaas.client.publishing import Publication, publish_files
from chainfaas.client.wallets import create_wallet, find_wallet, open_account, unlock_signing_key
from chainfaas.domain.amounts import TOKEN, TokenAmount, job_cap_of_amount, max_cost_of_amount
from chainfaas.domain.content_hashes import file_hash
from chainfaas.domain.encodings import ZERO_BYTES32
from chainfaas.domain.errors import NotFoundError
from chainfaas.domain.identifiers import ControllerId
from chainfaas.domain.prices import Terms
from chainfaas.provider.engine.find_engine import connect_engine
from chainfaas.provider.engine.provide_engine import provide_engine
from tools.demo.waiting import wait_until_true
from tools.example_functions import ExampleFunction, example_functions, publish_images

WALLET = "demo"
CONTROLLER = ControllerId(1)

_DEPOSIT = TokenAmount(50 * TOKEN)
_ENOUGH_IN_ESCROW = TokenAmount(10 * TOKEN)
_JOB_CAP = TokenAmount(TOKEN)
_MAX_COST = TokenAmount(TOKEN // 5)
_ESCROW_SECONDS = 30 * 24 * 60 * 60
_ENOUGH_SECONDS = 24 * 60 * 60
_PATIENCE_SECONDS = 60.0

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Developer:
    """Who calls and pays.

    Attributes:
        account: Sends its own transactions.
        client: Its way to the controller.
    """

    account: OwnAccount
    client: ControllerClient

    @property
    def chain(self) -> ChainAccess:
        """The network."""
        return self.account.chain


def open_developer(folder: StateFolder, chain: ChainAccess, controller_url: str) -> Developer:
    """Take the demonstration's wallet; it is made if there is none.

    Args:
        folder: The state folder.
        chain: The network.
        controller_url: The controller.
    """
    try:
        find_wallet(folder, WALLET)
    except NotFoundError:
        create_wallet(folder, WALLET)
    client = ControllerClient(controller_url, lambda: unlock_signing_key(folder, WALLET))
    return Developer(open_account(chain, folder, WALLET), client)


def provide_money(developer: Developer, tell: Tell) -> None:
    """See that the escrow for the controller carries the calls: faucet, deposit, fund.

    Args:
        developer: Whose.
        tell: Takes a line of progress.

    Raises:
        ChainFaaSError: The faucet or a contract refuses.
    """
    chain, owner = developer.chain, developer.account.address
    escrow = chain.contracts.money.escrow_of(owner, CONTROLLER)
    if escrow.free >= _ENOUGH_IN_ESCROW and escrow.expiry > chain.now() + _ENOUGH_SECONDS:
        return
    if read_holdings(chain, owner).tokens < _DEPOSIT:
        tell("Asking the faucet for coin and tokens")
        granted = int(text_member(developer.client.ask_faucet(), "tokens"))
        wait_until_true(
            lambda: chain.contracts.token.balance_of(owner) >= min(granted, _DEPOSIT),
            "the faucet's tokens",
            _PATIENCE_SECONDS,
        )
    tell("Depositing tokens and setting them aside for the controller")
    money = OwnMoney(developer.account)
    limits = SpendingLimits(job_cap_of_amount(_JOB_CAP), _ESCROW_SECONDS)
    money.deposit(_DEPOSIT, money.funding(CONTROLLER, _DEPOSIT, limits))


def publish_examples(
    folder: StateFolder, developer: Developer, registry: str, tell: Tell
) -> tuple[list[ExampleFunction], list[Publication]]:
    """Build the examples' images, push them, and publish every example by the developer's transactions.

    Args:
        folder: The state folder.
        developer: The owner.
        registry: Where images go.
        tell: Takes a line of progress.

    Returns:
        The examples, and what publishing each came to.

    Raises:
        ChainFaaSError: An image cannot be built, or a contract refuses.
    """
    tell("Building the example functions' images and pushing them to the registry")
    engine = connect_engine(provide_engine(folder, os.environ))
    examples = list(example_functions(publish_images(engine, registry, os.environ)))
    engine.close()
    tell("Publishing the example functions")
    done = publish_files(developer.account, developer.client, [_file(each) for each in examples])
    for example, publication in zip(examples, done, strict=True):
        _wait_until_callable(developer, example, publication)
    return examples, done


def _file(example: ExampleFunction) -> FunctionFile:
    manifest = dataclasses.replace(example.manifest, name=example.name)
    terms = Terms(max_cost_of_amount(_MAX_COST), example.memory_mib, example.timeout_ms)
    bundle_hash = file_hash(example.bundle) if example.bundle else ZERO_BYTES32
    return FunctionFile(NewVersion(terms, manifest, bundle_hash), example.bundle)


def _wait_until_callable(developer: Developer, example: ExampleFunction, publication: Publication) -> None:
    wait_until_true(
        lambda: _live_version(developer, example.name) == publication.version_id,
        f"the controller to see version {publication.version_id} of {example.name}",
        _PATIENCE_SECONDS,
    )


def _live_version(developer: Developer, name: str) -> object:
    try:
        live = developer.client.function(name).get("live")
    except ThingNotFoundError:
        return None
    return live.get("versionId") if isinstance(live, dict) else None
