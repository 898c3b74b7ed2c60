"""What a provider reads of its money, held against the chain; its commands as processes of their own."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from chainfaas.chain.artefacts import load_artefact
from chainfaas.chain.deployments import deployments_path
from chainfaas.chain.keystore import UnlockedKey
from chainfaas.domain.amounts import TOKEN, TokenAmount, format_tokens
from chainfaas.domain.identifiers import JobId
from chainfaas.domain.times import UnixSeconds
from chainfaas.provider.bootstrap.build_provider import build_provider
from chainfaas.provider.bootstrap.provider_account import read_account, read_statement
from chainfaas.provider.bootstrap.provider_status import read_status
from chainfaas.provider.earnings.statement import Period
from chainfaas.provider.journal.job_state import JobState
from chainfaas.provider.sandbox.noop_runtime import FunctionFailedError, Said
from chainfaas.provider.settings import load_provider_settings
from tests.integration.deployed_network import DeployedNetwork, address_of
from tests.integration.provider.provider_world import ProviderWorld, provider_world
from tests.integration.provider.sandboxes import noop_sandboxes

ENTRY = "from chainfaas.cli.main import main; main()"
OWNER = "provider-1"


def chainfaas(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", ENTRY, "--home", str(home), *words],
        env=os.environ | {"COLUMNS": "200"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture(scope="module")
def world(
    deployed_on_demand: DeployedNetwork, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ProviderWorld]:
    folder = tmp_path_factory.mktemp("home") / "providers" / "main"
    with provider_world(deployed_on_demand, folder) as made:
        yield made


@pytest.fixture(scope="module")
def home(world: ProviderWorld) -> Path:
    return world.folder.parent.parent


def gross_on_chain(world: ProviderWorld) -> tuple[int, int]:
    """What the ledger says that it charged for the provider's work, and what it kept back."""
    web3, money = world.deployed.web3, world.deployed.contracts.money
    abi = load_artefact(money.ARTEFACT).abi
    contract = web3.eth.contract(web3.to_checksum_address(str(money.address)), abi=abi)
    logs = contract.events.Paid().get_logs(from_block=0, argument_filters={"providerId": world.provider_id})
    paid = [log["args"] for log in logs]
    return (
        sum(each["gross"] for each in paid),
        sum(each["controllerShare"] + each["sealerShare"] for each in paid),
    )


def say_or_fail(content: bytes) -> Said:
    if content == b"fail":
        raise FunctionFailedError(exit_code=3, log=b"why")
    return Said(content)


@dataclass(frozen=True)
class Worked:
    """What the daemon has done."""

    paid: tuple[JobId, ...]
    declined: JobId


@pytest.fixture(scope="module")
def worked(world: ProviderWorld) -> Worked:
    """Four jobs in two claims, and one that was given back."""
    fake = world.controller
    settings = load_provider_settings(world.folder)
    with build_provider(world.folder, settings, noop_sandboxes(say_or_fail)) as daemon:
        daemon.start()
        try:
            jobs = fake.assign_batch(world.wanted, [b"one", b"fail", b"three"])
            for job in jobs:
                world.wait_for_payment(job)
            jobs += fake.assign_batch(world.wanted, [b"later"])
            world.wait_for_payment(jobs[-1])
            (declined,) = fake.assign_batch(world.wanted, [b"too late"], deadline=1)
            world.wait_for_state(declined, JobState.FREE)
        finally:
            daemon.stop()
    return Worked(tuple(jobs), declined)


def test_read_statement__jobs_of_several_claims__adds_up_to_what_the_ledger_paid(
    world: ProviderWorld, worked: Worked
) -> None:
    found = read_statement(world.folder, Period())
    sums = found.sums
    assert (sums.jobs, sums.paid_jobs) == (5, 4)
    assert sums.paid == world.earned() > 0
    assert (sums.cost, sums.commission) == gross_on_chain(world)
    lines = {line.job_id: line for line in found.lines}
    assert lines[worked.declined].payment is None
    for job in worked.paid:
        payment, seen = lines[job].payment, world.journal().record(job).payment
        assert payment is not None
        assert seen is not None
        assert (payment.cost, payment.tx_hash, payment.block_number) == (
            seen.amount,
            seen.tx_hash,
            seen.block_number,
        )

    later = UnixSeconds(max(line.at for line in found.lines) + 1)
    assert read_statement(world.folder, Period(first=later)).lines == ()
    assert read_statement(world.folder, Period(end=later)).sums == sums


def test_read_account__after_some_jobs__what_the_journal_adds_up_to(
    world: ProviderWorld, worked: Worked
) -> None:
    earnings, account = read_status(world.folder).earnings, read_account(world.folder)
    assert earnings.paid.jobs == len(worked.paid)
    assert earnings.paid_net(account.commission_bps) == account.withdrawable == world.earned()
    assert not account.is_low_on_coin


def test_statement__each_form__same_sums(world: ProviderWorld, worked: Worked, home: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(chainfaas(home, "provider", "statement", "--csv").stdout)))
    assert sum(int(row["paid"]) for row in rows if row["paid"]) == world.earned()
    assert {row["job"] for row in rows} == {str(job) for job in (*worked.paid, worked.declined)}
    document = json.loads(chainfaas(home, "provider", "statement", "--json").stdout)
    assert document["sums"]["paid"] == str(world.earned())
    shown = chainfaas(home, "provider", "statement")
    assert f"are {format_tokens(world.earned())} tokens" in shown.stderr
    assert str(worked.declined) in shown.stdout
    assert chainfaas(home, "provider", "statement", "--csv", "--json").returncode == 3
    assert chainfaas(home, "provider", "statement", "--from", "yesterday").returncode == 3


def test_status__after_some_jobs__earnings_and_failures_with_reasons(
    world: ProviderWorld, worked: Worked, home: Path
) -> None:
    said = chainfaas(home, "provider", "status")
    assert said.returncode == 0, said.stderr
    net = format_tokens(world.earned())
    assert f"{net} tokens for {len(worked.paid)} jobs, after commission" in said.stdout
    assert "FUNCTION_ERROR" in said.stdout
    assert "deadline:" in said.stdout
    document = json.loads(chainfaas(home, "provider", "status", "--json").stdout)
    assert document["paidNet"] == str(world.earned())
    assert document["account"]["isLowOnCoin"] is False


def test_status__node_that_is_silent__shows_the_rest(
    world: ProviderWorld, worked: Worked, home: Path
) -> None:
    del worked
    config = world.folder / "config.toml"
    kept = config.read_text()
    config.write_text(kept.replace("node-2.ipc", "node-9.ipc").replace("2.ipc", "9.ipc"))
    try:
        said = chainfaas(home, "provider", "status")
        document = json.loads(chainfaas(home, "provider", "status", "--json").stdout)
    finally:
        config.write_text(kept)
    assert (said.returncode, "does not answer" in said.stdout) == (0, True)
    assert document["account"] is None
    assert document["accountFault"]


def test_withdraw__earnings_in_the_ledger__sent_by_the_payouts_own_wallet(
    deployed_on_demand: DeployedNetwork,
) -> None:
    deployed = deployed_on_demand
    home, owner, giver = deployed.network.folder.root, deployed.key(OWNER), deployed.new_actor()
    assert chainfaas(home, "provider", "init", "till", "--controller", "http://127.0.0.1:1").returncode == 0
    not_yet = chainfaas(home, "provider", "withdraw", "till", "--yes")
    assert (not_yet.returncode, "not registered" in not_yet.stderr) == (7, True)
    registered = chainfaas(home, "provider", "register", "till", "--wallet", OWNER, "--json")
    assert registered.returncode == 0, registered.stderr
    money, token = deployed.contracts.money, deployed.contracts.token
    deployed.send(giver, token.approve(money.address, TokenAmount(3 * TOKEN)))
    deployed.send(giver, money.deposit_for(address_of(owner), TokenAmount(3 * TOKEN)))
    before, receiver = money.balance_of(address_of(owner)), address_of(UnlockedKey.generate())

    unasked = chainfaas(home, "provider", "withdraw", "till")
    assert (unasked.returncode, "--yes" in unasked.stderr) == (3, True)
    too_much = chainfaas(home, "provider", "withdraw", "till", "--yes", "--tokens", "99999999")
    assert too_much.returncode == 3
    assert money.balance_of(address_of(owner)) == before

    words = ("provider", "withdraw", "till", "--yes", "--to", str(receiver), "--json")
    part = chainfaas(home, *words, "--tokens", "1.25")
    assert part.returncode == 0, part.stderr
    assert token.balance_of(receiver) == 125 * 10**16
    rest = json.loads(chainfaas(home, *words).stdout)
    assert (money.balance_of(address_of(owner)), token.balance_of(receiver)) == (0, before)
    assert rest["amount"] == str(before - 125 * 10**16)
    receipt = deployed.web3.eth.get_transaction_receipt(rest["transaction"])
    assert receipt["blockNumber"] == rest["block"]
    empty = chainfaas(home, "provider", "withdraw", "till", "--yes")
    assert (empty.returncode, "holds nothing" in empty.stderr) == (5, True)


def test_uninstall__provider_that_never_ran__gone_once_somebody_is_sure(
    deployed_on_demand: DeployedNetwork,
) -> None:
    home = deployed_on_demand.network.folder.root
    words = ("provider", "init", "attic", "--controller", "http://127.0.0.1:1")
    assert chainfaas(home, *words).returncode == 0
    unsure = chainfaas(home, "provider", "uninstall", "attic")
    assert (unsure.returncode, (home / "providers" / "attic").is_dir()) == (3, True)
    gone = chainfaas(home, "provider", "uninstall", "attic", "--yes")
    assert (gone.returncode, (home / "providers" / "attic").exists()) == (0, False), gone.stderr


def test_withdraw__payout_of_somebody_else__says_where_to_do_it(
    world: ProviderWorld, worked: Worked, home: Path
) -> None:
    assert worked.paid
    place = deployments_path(world.deployed.network.folder, world.deployed.network.chain_id)
    own = home / "deployments"
    own.mkdir(exist_ok=True)
    (own / place.name).write_bytes(place.read_bytes())
    rpc = str(world.deployed.network.socket_path(1))
    refused = chainfaas(home, "provider", "withdraw", "main", "--yes", "--rpc", rpc)
    assert (refused.returncode, "chainfaas wallet withdraw" in refused.stderr) == (4, True), refused.stderr
    assert world.deployed.contracts.money.balance_of(address_of(world.payout)) == world.earned()
