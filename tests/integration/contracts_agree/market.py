"""A developer with money, a provider with an offer and a version to run, made through the bindings alone."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from typing import Self

from chainfaas.chain.bindings.contract_set import ContractSet
from chainfaas.chain.bindings.function_registry import NewVersion
from chainfaas.chain.bindings.monetary_ledger import Funding
from chainfaas.chain.event_decoder import ChainEvent
from chainfaas.chain.keystore import UnlockedKey
from chainfaas.domain.amounts import TOKEN, BaseFee, JobCap, MaxCost, Price, TokenAmount
from chainfaas.domain.assignments import assignment_of
from chainfaas.domain.batches import Batch, Part
from chainfaas.domain.encodings import Bytes32
from chainfaas.domain.identifiers import (
    ChainId,
    ControllerId,
    FunctionId,
    ProviderId,
    VersionId,
    compose_batch_id,
)
from chainfaas.domain.manifests import Image, Manifest, Mode, Warm
from chainfaas.domain.masks import indices_of_mask
from chainfaas.domain.orders import Order
from chainfaas.domain.outcomes import Status
from chainfaas.domain.prices import Offer, Terms
from chainfaas.domain.records import Record
from chainfaas.domain.signatures import Signature, SigningKey
from chainfaas.domain.times import UnixSeconds
from chainfaas.domain.typed_data import hash_assignment, hash_settlement
from tests.integration.deployed_network import DeployedNetwork, address_of

CID = ControllerId(1)
DEPOSIT = TokenAmount(100 * TOKEN)
FUNDED = TokenAmount(60 * TOKEN)
JOB_CAP = JobCap(10**6)
OFFER = Offer(BaseFee(10**15), Price(10**9))
TERMS = Terms(MaxCost(10**9), 128, 2_000)
DETAILS = Bytes32(b"\x05" * 32)
RECORD = Record(Status.SUCCEEDED, 1_000, Bytes32(b"\x06" * 32))
MANIFEST = Manifest(
    image=Image("registry.example/echo", "sha256:" + "ab" * 32),
    content_type="text/plain",
    mode=Mode.ONESHOT,
    warm=Warm(prestart=True, reuse=False),
    environment=(),
    output_limit_bytes=1_024,
)


@dataclass
class Market:
    """Each part of it was made for the test that asks."""

    deployed: DeployedNetwork
    developer: UnlockedKey
    owner: UnlockedKey
    operator: UnlockedKey
    provider: ProviderId
    function: FunctionId
    version: VersionId
    _sequences: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    @classmethod
    def made(cls, deployed: DeployedNetwork) -> Self:
        """Deposit, fund, register and publish with fresh keys."""
        developer, owner, operator = (deployed.new_actor() for _ in range(3))
        contracts = deployed.contracts
        deployed.send(developer, contracts.token.approve(contracts.money.address, DEPOSIT))
        until = UnixSeconds(deployed.web3.eth.get_block("latest")["timestamp"] + 10**6)
        deployed.send(
            developer, contracts.money.deposit_and_fund(DEPOSIT, Funding(CID, FUNDED, JOB_CAP, until))
        )
        registration = contracts.providers.register(address_of(operator), address_of(owner), OFFER, "{}")
        created = contracts.functions.create()
        registered = deployed.events(deployed.send(owner, registration))
        made = deployed.events(deployed.send(developer, created))
        function = FunctionId(number_in(made, "FunctionCreated", "functionId"))
        publication = contracts.functions.publish(function, NewVersion(TERMS, MANIFEST), live=True)
        published = deployed.events(deployed.send(developer, publication))
        return cls(
            deployed,
            *(developer, owner, operator),
            provider=ProviderId(number_in(registered, "ProviderRegistered", "providerId")),
            function=function,
            version=VersionId(number_in(published, "VersionPublished", "versionId")),
            _sequences=itertools.count(int(developer.address[2:10], 16) << 8),
        )

    @property
    def contracts(self) -> ContractSet:
        return self.deployed.contracts

    @property
    def controller(self) -> SigningKey:
        return self.controller_of(CID)

    def controller_of(self, cid: ControllerId) -> SigningKey:
        return SigningKey(self.deployed.controller(cid).private_key)

    def now(self) -> int:
        """Time of the newest block, which is what a call is tried at."""
        return int(self.deployed.web3.eth.get_block("latest")["timestamp"])

    def batch(self, jobs: int = 1, seconds_ahead: int = 60, cid: ControllerId = CID) -> Batch:
        """A batch under a number that nobody used; the developer has an escrow with the first controller."""
        return Batch(
            batch_id=compose_batch_id(cid, next(self._sequences)),
            provider_id=self.provider,
            base_fee=OFFER.base_fee,
            price=OFFER.price,
            deadline=UnixSeconds(self.now() + seconds_ahead),
            orders=(Order(self.version, DETAILS),) * jobs,
        )

    def part(self, batch: Batch) -> Part:
        """All jobs of a batch, ended well."""
        return Part(batch, batch.occupied, (RECORD,) * batch.occupied.bit_count())

    def signature(self, *parts: Part, key: SigningKey | None = None, chain_offset: int = 0) -> Signature:
        """The controller's signature over parts, or another's, or for another chain."""
        domain = self.deployed.deployments.signing_domain
        if chain_offset:
            domain = replace(domain, chain_id=ChainId(domain.chain_id + chain_offset))
        return (key or self.controller).sign(domain.digest(hash_settlement(parts)))

    def assignment_signatures(self, batch: Batch) -> list[Signature]:
        """The controller's signatures of each job of a batch."""
        domain = self.deployed.deployments.signing_domain
        hashes = (hash_assignment(assignment_of(batch, index)) for index in indices_of_mask(batch.occupied))
        return [self.controller.sign(domain.digest(each)) for each in hashes]

    def state(self) -> tuple[object, ...]:
        """Every balance and nonce that a call of the market's people could change."""
        contracts, keys = self.contracts, (self.developer, self.owner, self.operator)
        accounts = [address_of(key) for key in keys]
        return (
            [self.deployed.nonce(key) for key in keys],
            [self.deployed.coin_wei(key) for key in keys],
            [contracts.token.balance_of(account) for account in accounts],
            [contracts.money.balance_of(account) for account in accounts],
            contracts.money.escrow_of(accounts[0], CID),
            contracts.providers.stake_of(self.provider),
        )


def number_in(events: list[ChainEvent], name: str, argument: str) -> int:
    """The argument of the one event of a name."""
    [number] = [event.args[argument] for event in events if event.name == name]
    assert isinstance(number, int)
    return number
