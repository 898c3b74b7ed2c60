"""A registered provider, a function that somebody pays for, and a fake controller, on a real chain."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import tomli_w

from chainfaas.chain.bindings.function_registry import NewVersion
from chainfaas.chain.bindings.monetary_ledger import Funding
from chainfaas.chain.deployments import deployments_path
from chainfaas.chain.keystore import UnlockedKey, create_keystore
from chainfaas.chain.node.waiting import wait_until
from chainfaas.domain.amounts import TOKEN, BaseFee, JobCap, MaxCost, Price, TokenAmount
from chainfaas.domain.batches import Batch
from chainfaas.domain.encodings import ZERO_BYTES32, Bytes32
from chainfaas.domain.errors import NotFoundError
from chainfaas.domain.identifiers import ControllerId, FunctionId, JobId, ProviderId, VersionId
from chainfaas.domain.manifests import Image, Manifest, Mode, Warm
from chainfaas.domain.prices import Offer, Terms
from chainfaas.domain.signatures import SigningKey
from chainfaas.domain.times import UnixSeconds
from chainfaas.provider.journal.job_journal import JobJournal
from chainfaas.provider.journal.job_record import JobRecord
from chainfaas.provider.journal.job_state import JobState
from chainfaas.provider.journal.job_sums import JobSums
from chainfaas.provider.journal.journal_file import read_journal
from tests.integration.deployed_network import DeployedNetwork, address_of
from tests.integration.provider.fake_controller import FakeController, Wanted
from tests.integration.provider.fake_server import served

OFFER = Offer(BaseFee(10**12), Price(1_000))
TERMS = Terms(MaxCost(10**8), 64, 5_000)
REPOSITORY = "registry.example/echo"


@dataclass(frozen=True)
class ProviderWorld:
    """What a provider's daemon meets."""

    deployed: DeployedNetwork
    controller: FakeController
    folder: Path
    """The provider's, with keystore and config.toml."""
    provider_id: ProviderId
    payout: UnlockedKey
    developer: UnlockedKey
    version_id: VersionId

    @property
    def wanted(self) -> Wanted:
        """The function, at this provider's price."""
        return Wanted(self.provider_id, self.version_id, OFFER)

    def earned(self) -> TokenAmount:
        """What the provider was paid so far."""
        return self.deployed.contracts.money.balance_of(address_of(self.payout))

    def journal(self) -> JobJournal:
        """The provider's records, beside its daemon."""
        return JobJournal(read_journal(self.folder))

    def owed(self) -> dict[ControllerId, TokenAmount]:
        """What no block shows paid yet."""
        return JobSums(read_journal(self.folder)).owed()

    def wait_for_state(self, job: JobId, *states: JobState) -> JobRecord:
        """Wait until a job's record is in one of some states."""
        return self._wait_for(job, lambda record: record.state in states)

    def wait_for_payment(self, job: JobId) -> JobRecord:
        """Wait until the provider's own node shows a job paid."""
        return self._wait_for(job, lambda record: record.payment is not None)

    def _wait_for(self, job: JobId, holds: Callable[[JobRecord], bool]) -> JobRecord:
        journal = self.journal()

        def is_there() -> bool:
            try:
                return holds(journal.record(job))
            except NotFoundError:
                return False  # its daemon has not taken it yet

        assert wait_until(is_there, time.monotonic() + 20), journal.record(job)
        return journal.record(job)

    def open(self, batch: Batch) -> None:
        """Have the controller open a batch on the chain."""
        self.deployed.send(self.deployed.controller(), self.deployed.contracts.jobs.open([batch]))

    def publish(
        self,
        terms: Terms = TERMS,
        bundle_hash: Bytes32 = ZERO_BYTES32,
        manifest: Manifest | None = None,
    ) -> VersionId:
        """Publish a function of its own, live."""
        version = NewVersion(terms, manifest or echo_manifest(), bundle_hash)
        return _publish(self.deployed, self.developer, version)


def echo_manifest() -> Manifest:
    """A function of one image that nobody has."""
    return Manifest(
        image=Image(REPOSITORY, "sha256:" + "ab" * 32),
        content_type="application/octet-stream",
        mode=Mode.ONESHOT,
        warm=Warm(prestart=False, reuse=False),
        environment=(),
        output_limit_bytes=1_048_576,
    )


@contextmanager
def provider_world(deployed: DeployedNetwork, folder: Path, **settings: object) -> Iterator[ProviderWorld]:
    """Register, publish, fund, and serve the controller while the block runs."""
    operator = create_keystore(folder / "operator.json", folder / "operator.password")
    owner, developer = deployed.new_actor(), deployed.new_actor()
    payout = UnlockedKey.generate()
    deployed.give_coin([operator])
    provider_id = _register(deployed, owner, operator, payout)
    version_id = _publish(deployed, developer, NewVersion(TERMS, echo_manifest()))
    _fund(deployed, developer)
    fake = FakeController(
        key=SigningKey(deployed.controller().private_key),
        controller_id=ControllerId(1),
        domain=deployed.deployments.signing_domain,
        operator=address_of(operator),
    )
    with served(fake):
        world = ProviderWorld(deployed, fake, folder, provider_id, payout, developer, version_id)
        _configure(world, settings)
        yield world


def _register(
    deployed: DeployedNetwork, owner: UnlockedKey, operator: UnlockedKey, payout: UnlockedKey
) -> ProviderId:
    call = deployed.contracts.providers.register(address_of(operator), address_of(payout), OFFER, "{}")
    events = deployed.events(deployed.send(owner, call))
    return ProviderId(_argument(events, "ProviderRegistered", "providerId"))


def _publish(deployed: DeployedNetwork, developer: UnlockedKey, version: NewVersion) -> VersionId:
    functions = deployed.contracts.functions
    created = deployed.events(deployed.send(developer, functions.create()))
    function = FunctionId(_argument(created, "FunctionCreated", "functionId"))
    published = deployed.events(deployed.send(developer, functions.publish(function, version, live=True)))
    return VersionId(_argument(published, "VersionPublished", "versionId"))


def _fund(deployed: DeployedNetwork, developer: UnlockedKey) -> None:
    money, amount = deployed.contracts.money, TokenAmount(1_000 * TOKEN)
    deployed.send(developer, deployed.contracts.token.approve(money.address, amount))
    expiry = UnixSeconds(int(time.time()) + 100_000)
    funding = Funding(ControllerId(1), amount, JobCap(10**6), expiry)
    deployed.send(developer, money.deposit_and_fund(amount, funding))


def _configure(world: ProviderWorld, settings: dict[str, object]) -> None:
    network = world.deployed.network
    document: dict[str, Any] = {
        "provider_id": world.provider_id,
        "controllers": [world.controller.url],
        "rpc": str(network.socket_path(2)),
        "deployments": str(deployments_path(network.folder, network.chain_id)),
        "image_repositories": ["registry.example"],
        "block_period_seconds": float(network.period_seconds),
        "drain_seconds": 5,
        "jobs": 8,
        "cpu_millis": 8_000,
        **settings,
    }
    (world.folder / "config.toml").write_text(tomli_w.dumps(document))


def _argument(events: list[Any], name: str, argument: str) -> int:
    (found,) = [event.args[argument] for event in events if event.name == name]
    return cast("int", found)
