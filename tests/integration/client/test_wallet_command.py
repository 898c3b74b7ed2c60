"""The wallet's commands on the real network, as a user types them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from chainfaas.chain.node.waiting import wait_until
from chainfaas.client.chain_access import ChainAccess
from chainfaas.client.wallets import unlock_wallet
from chainfaas.domain.amounts import TOKEN, TokenAmount, parse_tokens
from chainfaas.domain.identifiers import Address
from tests.integration.deployed_network import COIN_WEI, DeployedNetwork, address_of
from tests.unit.cli.command_run import CommandOutcome, run_command

Commands = Callable[..., CommandOutcome]
RECEIVER = "0x" + "5a" * 20


@pytest.fixture
def commands(deployed: DeployedNetwork, capsys: pytest.CaptureFixture[str]) -> Commands:
    """Run `chainfaas` on the shared network's own folder."""
    home = str(deployed.network.folder.root)
    return lambda *words: run_command(capsys, "--home", home, *words)


def rich_wallet(deployed: DeployedNetwork, commands: Commands, name: str) -> Address:
    """A new wallet with coin and a hundred tokens."""
    assert commands("wallet", "new", name).code == 0
    key = unlock_wallet(deployed.network.folder, name)
    grant = deployed.contracts.token.transfer(address_of(key), TokenAmount(100 * TOKEN))
    deployed.send(deployed.network.deployer_key(), grant)
    deployed.give_coin([key])
    return address_of(key)


def holdings(commands: Commands, name: str) -> dict[str, Any]:
    shown = commands("wallet", "show", name, "--json")
    assert shown.code == 0, shown.err
    document: dict[str, Any] = json.loads(shown.out)
    return document


def test_wallet__whole_life_of_an_escrow__money_where_it_should_be(
    deployed: DeployedNetwork, commands: Commands
) -> None:
    name = "escrow-owner"
    rich_wallet(deployed, commands, name)

    deposited = commands("wallet", "deposit", "20", "--for", "1", "--job-cap", "2", "-w", name, "--json")
    assert deposited.code == 0, deposited.err
    assert commands("wallet", "deposit", "5", "-w", name).code == 0
    # Lower limits than those that stand must not be refused: they stay as they are.
    funded = commands("wallet", "fund", "1", "--for", "1", "--job-cap", "1", "--days", "1", "-w", name)
    assert funded.code == 0, funded.err
    assert commands("wallet", "withdraw", "2.5", "--to", RECEIVER, "-w", name).code == 0
    assert commands("wallet", "transfer", "10", RECEIVER, "-w", name).code == 0
    assert commands("wallet", "transfer", "0.25", RECEIVER, "--coin", "-w", name).code == 0

    now = holdings(commands, name)
    [escrow] = now["escrows"]
    assert (escrow["free"], escrow["jobCap"]) == (str(21 * TOKEN), str(2 * TOKEN))
    assert (now["deposited"], now["tokens"]) == (str(parse_tokens("1.5")), str(65 * TOKEN))
    receiver = Address.parse(RECEIVER)
    assert deployed.contracts.token.balance_of(receiver) == parse_tokens("12.5")
    assert int(now["coinWei"]) < COIN_WEI - parse_tokens("0.25")

    revoked = json.loads(commands("wallet", "revoke", "--for", "1", "-w", name, "--json").out)
    early = commands("wallet", "close", "--for", "1", "-w", name, "--json")
    assert (early.code, early.error["code"]) == (8, "contract-refused")
    chain = ChainAccess.open(deployed.network.folder)
    assert wait_until(lambda: chain.now() > revoked["expiry"], time.monotonic() + 60)
    closed = commands("wallet", "close", "--for", "1", "-w", name, "--json")
    assert json.loads(closed.out)["amount"] == str(21 * TOKEN)


def test_deposit__more_than_there_is__refused_and_nothing_sent(
    deployed: DeployedNetwork, commands: Commands
) -> None:
    owner = rich_wallet(deployed, commands, "poor-owner")

    refused = commands("wallet", "deposit", "101", "-w", "poor-owner", "--json")

    assert refused.code == 8
    assert "ERC20InsufficientBalance" in refused.error["message"]
    assert deployed.web3.eth.get_transaction_count(deployed.web3.to_checksum_address(str(owner))) == 0


@pytest.mark.parametrize("words", [("deposit", "1"), ("transfer", "1", RECEIVER)])
def test_wallet__tokens_and_no_coin__refused_at_once_and_told_of_the_faucet(
    deployed: DeployedNetwork, commands: Commands, words: tuple[str, ...]
) -> None:
    name = f"no-coin-{words[0]}"
    assert commands("wallet", "new", name).code == 0
    key = unlock_wallet(deployed.network.folder, name)
    grant = deployed.contracts.token.transfer(address_of(key), TokenAmount(TOKEN))
    deployed.send(deployed.network.deployer_key(), grant)

    refused = commands("wallet", *words, "-w", name, "--json")

    assert (refused.code, refused.error["code"]) == (5, "coin-missing")
    assert f"{key.address} holds 0 coin" in refused.error["message"]
    assert "`chainfaas faucet`" in refused.error["remedy"]
    # Nothing waits for coin to come: what was refused does not happen later by itself.
    deployed.give_coin([key])
    assert commands("wallet", "transfer", "0.25", RECEIVER, "--coin", "-w", name).code == 0
    assert deployed.nonce(key) == 1


def test_transfer__all_the_coin__refused_since_nothing_is_left_for_the_fee(
    deployed: DeployedNetwork, commands: Commands
) -> None:
    rich_wallet(deployed, commands, "spends-all")

    coin = str(COIN_WEI // 10**18)
    refused = commands("wallet", "transfer", coin, RECEIVER, "--coin", "-w", "spends-all", "--json")

    assert (refused.code, refused.error["code"]) == (5, "coin-missing")


@pytest.mark.parametrize(
    ("words", "exit_code", "code"),
    [
        (("wallet", "show", "nobody"), 4, "wallet-not-found"),
        (("wallet", "show", "No Body"), 3, "invalid-wallet-name"),
        (("wallet", "new", "../elsewhere"), 3, "invalid-wallet-name"),
        (("wallet", "new", "deployer"), 5, "wallet-exists"),
        (("wallet", "deposit", "1e3", "-w", "developer-1"), 3, "invalid-amount"),
        (("wallet", "transfer", "1", "0x12", "-w", "developer-1"), 3, "invalid-identifier"),
        (("wallet", "revoke", "--for", "9", "-w", "developer-1"), 4, "escrow-not-found"),
        (("wallet", "show", "developer-1", "--rpc", "http://127.0.0.1:9"), 8, "chain-unreachable"),
        (("wallet", "show", "developer-1", "--rpc", "nonsense"), 7, "configuration"),
    ],
)
def test_wallet__bad_input__refused_with_its_code(
    commands: Commands, words: tuple[str, ...], exit_code: int, code: str
) -> None:
    outcome = commands(*words, "--json")

    assert (outcome.code, outcome.out) == (exit_code, "")
    assert outcome.error["code"] == code
