"""Every row of the index against what the contracts themselves say, after each kind of step of a job."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from chainfaas.chain.bindings.function_registry import NewVersion
from chainfaas.chain.bindings.monetary_ledger import Funding
from chainfaas.chain.keystore import UnlockedKey
from chainfaas.controller.indexing.build_indexer import build_indexer
from chainfaas.controller.indexing.indexer import Indexer
from chainfaas.controller.storage.database import open_database
from chainfaas.controller.storage.schema import CHAIN
from chainfaas.domain.amounts import TOKEN, BaseFee, JobCap, MaxCost, Price, TokenAmount
from chainfaas.domain.batches import Batch, Part
from chainfaas.domain.content_hashes import file_hash
from chainfaas.domain.encodings import Bytes32, format_hex
from chainfaas.domain.identifiers import (
    Address,
    BatchId,
    ControllerId,
    FunctionId,
    ProviderId,
    VersionId,
    compose_batch_id,
)
from chainfaas.domain.manifests import Image, Manifest, Mode, Warm
from chainfaas.domain.masks import Mask
from chainfaas.domain.orders import HOLE, Order
from chainfaas.domain.outcomes import Status
from chainfaas.domain.prices import Offer, Terms
from chainfaas.domain.records import Record
from chainfaas.domain.signatures import SigningKey
from chainfaas.domain.times import UnixSeconds
from chainfaas.domain.typed_data import hash_settlement
from tests.integration.deployed_network import DeployedNetwork, address_of

CONTROLLER = ControllerId(2)
OFFER = Offer(BaseFee(10**15), Price(10**7))
UNKNOWN_VERSION = VersionId(2**32 - 1)
DETAILS = Bytes32(b"\x05" * 32)


@dataclass
class Market:
    """A developer and a provider of this test's own."""

    deployed: DeployedNetwork
    developer: UnlockedKey
    owner: UnlockedKey
    provider: ProviderId
    version: VersionId
    sequence: int

    def batch(self, *versions: VersionId) -> Batch:
        self.sequence += 1
        orders = tuple(Order(version, DETAILS) if version else HOLE for version in versions)
        now = self.deployed.web3.eth.get_block("latest")["timestamp"]
        number: BatchId = compose_batch_id(CONTROLLER, self.sequence)
        deadline = UnixSeconds(now + 60)
        return Batch(number, self.provider, OFFER.base_fee, OFFER.price, deadline, orders)

    def settle(self, batch: Batch, mask: int, *statuses: Status) -> None:
        records = tuple(Record(status, 100, DETAILS) for status in statuses)
        part = Part(batch, Mask(mask), records)
        key = SigningKey(self.deployed.controller(CONTROLLER).private_key)
        digest = self.deployed.deployments.signing_domain.digest(hash_settlement([part]))
        call = self.deployed.contracts.jobs.settle([part], key.sign(digest), TokenAmount(0))
        self.deployed.send(self.owner, call)


def new_version() -> NewVersion:
    image = Image("registry.example/echo", f"sha256:{file_hash(b'image').hex()}")
    warm = Warm(prestart=True, reuse=False)
    manifest = Manifest(
        image=image,
        content_type="text/plain",
        mode=Mode.ONESHOT,
        warm=warm,
        environment=(),
        output_limit_bytes=1024,
        name="echo",
    )
    return NewVersion(Terms(MaxCost(10**9), 64, 10_000), manifest)


@pytest.fixture(scope="module")
def market(deployed_on_demand: DeployedNetwork) -> Market:
    deployed, contracts = deployed_on_demand, deployed_on_demand.contracts
    developer, owner = deployed.new_actor(), deployed.new_actor()
    amount = TokenAmount(10 * TOKEN)
    deployed.send(developer, contracts.token.approve(contracts.money.address, amount))
    funding = Funding(CONTROLLER, TokenAmount(4 * TOKEN), JobCap(2 * 10**6), UnixSeconds(2**32 - 1))
    deployed.send(developer, contracts.money.deposit_and_fund(amount, funding))
    deployed.send(developer, contracts.functions.create())
    function = FunctionId(contracts.functions.function_count())
    deployed.send(developer, contracts.functions.publish(function, new_version(), live=True))
    address = address_of(owner)
    deployed.send(owner, contracts.providers.register(address, address, OFFER, '{"name": "gr\u00fc\u00df"}'))
    return Market(
        deployed=deployed,
        developer=developer,
        owner=owner,
        provider=ProviderId(contracts.providers.provider_count()),
        version=VersionId(contracts.functions.version_count()),
        sequence=2**41,
    )


@pytest.fixture(scope="module")
def engine(market: Market, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The index after every step that a job can take without waiting."""
    file = tmp_path_factory.mktemp("index") / "index.sqlite"
    with open_database(file) as database:
        indexer = build_indexer(market.deployed.web3, market.deployed.deployments, database.engine)
        take_steps(market, indexer)
        yield database.engine


def take_steps(market: Market, indexer: Indexer) -> None:
    deployed, contracts = market.deployed, market.deployed.contracts
    version, none = market.version, VersionId(0)
    opened = market.batch(version, none, version, version, UNKNOWN_VERSION)
    deployed.send(deployed.controller(CONTROLLER), contracts.jobs.open([opened]))
    indexer.sync()
    market.settle(opened, 0b1, Status.SUCCEEDED)
    deployed.send(market.owner, contracts.jobs.decline(opened, Mask(0b100), Status.DECLINED))
    fast = market.batch(version, version)
    market.settle(fast, 0b11, Status.FUNCTION_ERROR, Status.PROVIDER_LOST)
    deployed.send(market.developer, contracts.money.distribute())
    deployed.send(market.developer, contracts.money.withdraw(address_of(market.owner), TokenAmount(TOKEN)))
    indexer.sync()


def rows(engine: Engine, projection: str) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        found = connection.execute(select(CHAIN.projections[projection])).mappings()
        return [dict(row) for row in found]


def test_balances__each_account__as_the_ledger_says(engine: Engine, market: Market) -> None:
    money = market.deployed.contracts.money
    found = {row["account"]: row["amount"] for row in rows(engine, "balances")}
    assert found == {account: money.balance_of(Address.parse_hex(account)) for account in found}
    assert found[format_hex(address_of(market.owner).raw)] > 0


def test_escrows__each__as_the_ledger_says(engine: Engine, market: Market) -> None:
    for row in rows(engine, "escrows"):
        developer = Address.parse_hex(row["developer"])
        escrow = market.deployed.contracts.money.escrow_of(developer, ControllerId(row["controller_id"]))
        assert (row["free"], row["reserved"]) == (escrow.free, escrow.reserved)
        assert (row["job_cap"], row["expiry"]) == (escrow.job_cap, escrow.expiry)


def test_money__all_of_it__is_what_the_ledger_holds(engine: Engine, market: Market) -> None:
    contracts = market.deployed.contracts
    balances = sum(row["amount"] for row in rows(engine, "balances"))
    escrows = sum(row["free"] + row["reserved"] for row in rows(engine, "escrows"))
    assert balances + escrows == contracts.token.balance_of(contracts.money.address)


def test_jobs__each_step__in_the_state_that_it_leads_to(engine: Engine, market: Market) -> None:
    developer = format_hex(address_of(market.developer).raw)
    mine = {row["job_id"]: row for row in rows(engine, "jobs") if row["provider_id"] == market.provider}
    states = [mine[job_id]["state"] for job_id in sorted(mine)]
    assert states == ["settled", "declined", "open", "unfunded", "recorded", "recorded"]
    settled = mine[min(mine)]
    assert settled["developer"] == developer
    assert settled["cost"] == OFFER.base_fee + 100 * 64 * OFFER.price
    assert settled["receipt_hash"] == format_hex(DETAILS)
    assert settled["ended_block"] > settled["opened_block"]
    lost = mine[max(mine)]
    assert (lost["status"], lost["cost"]) == (Status.PROVIDER_LOST, 0)


def test_batches__each__open_jobs_as_the_ledger_says(engine: Engine, market: Market) -> None:
    jobs = rows(engine, "jobs")
    for row in rows(engine, "batches"):
        is_open = (job["job_id"] & 63 for job in jobs if job["batch_id"] == row["batch_id"])
        still = {index for index in is_open if _state(jobs, row["batch_id"] << 6 | index) == "open"}
        assert market.deployed.contracts.jobs.open_jobs(BatchId(row["batch_id"])) == sum(
            1 << index for index in still
        )


def _state(jobs: list[dict[str, Any]], job_id: int) -> str:
    return next(str(job["state"]) for job in jobs if job["job_id"] == job_id)


def test_payments__each__shares_add_up(engine: Engine, market: Market) -> None:
    payments = rows(engine, "payments")
    assert len([row for row in payments if row["provider_id"] == market.provider]) == 2
    for row in payments:
        assert row["gross"] == row["provider_share"] + row["controller_share"] + row["sealer_share"]


def test_providers__each__as_the_registry_says(engine: Engine, market: Market) -> None:
    registry = market.deployed.contracts.providers
    for row in rows(engine, "providers"):
        provider = ProviderId(row["provider_id"])
        offer, stake = registry.offer_of(provider), registry.stake_of(provider)
        assert row["operator"] == format_hex((registry.operator_of(provider) or Address(bytes(20))).raw)
        assert row["metadata"] == registry.metadata_of(provider)
        assert (row["base_fee"], row["price"]) == (offer.offer.base_fee, offer.offer.price)
        assert (row["former_base_fee"], row["former_price"]) == (offer.former.base_fee, offer.former.price)
        assert (row["offer_since"], row["staked"]) == (offer.since, stake.staked)


def test_functions__each__as_the_registry_says(engine: Engine, market: Market) -> None:
    registry = market.deployed.contracts.functions
    found = rows(engine, "functions")
    assert len(found) == registry.function_count()
    for row in found:
        function = FunctionId(row["function_id"])
        assert row["live_version_id"] == (registry.live_version_of(function) or 0)
        assert row["is_retired"] == registry.is_retired(function)
    version = next(row for row in rows(engine, "versions") if row["version_id"] == market.version)
    assert bytes.fromhex(version["manifest"][2:]).startswith(b"{")
    assert (version["memory_mib"], version["timeout_ms"]) == (64, 10_000)


def test_parties__peers_controllers_parameters__as_deployed(engine: Engine, market: Market) -> None:
    network, windows = market.deployed.network, market.deployed.deployments.windows
    assert {row["validator"] for row in rows(engine, "peers")} == {
        signer.lower() for signer in network.signers
    }
    keys = {row["controller_id"]: row["key"] for row in rows(engine, "controllers")}
    assert keys[CONTROLLER] == market.deployed.controller(CONTROLLER).address.lower()
    assert {row["name"]: row["value"] for row in rows(engine, "parameters")} == {
        "L": windows.job_life_seconds,
        "G": windows.grace_seconds,
        "W": windows.claim_seconds,
        "bps": windows.commission_bps,
    }


def test_rebuild__from_the_first_block__every_row_as_before(
    engine: Engine, market: Market, tmp_path: Path
) -> None:
    with open_database(tmp_path / "replay.sqlite") as replay:
        build_indexer(market.deployed.web3, market.deployed.deployments, replay.engine).sync()
        for projection in CHAIN.projections:
            live = {tuple(row.values()) for row in rows(engine, projection)}
            assert live == {tuple(row.values()) for row in rows(replay.engine, projection)}
