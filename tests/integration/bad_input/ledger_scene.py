"""A ledger with something of everything: money, an empty escrow, open jobs, a used number, a retirement."""

from __future__ import annotations

import itertools
import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from chainfaas.chain.bindings.contract_call import ContractCall
from chainfaas.chain.bindings.contract_set import ContractSet
from chainfaas.chain.bindings.function_registry import NewVersion
from chainfaas.chain.bindings.monetary_ledger import Funding
from chainfaas.chain.keystore import UnlockedKey
from chainfaas.domain.amounts import TOKEN, BaseFee, JobCap, MaxCost, Price, TokenAmount
from chainfaas.domain.assignments import assignment_of
from chainfaas.domain.batches import Batch, Part
from chainfaas.domain.encodings import Bytes32
from chainfaas.domain.identifiers import (
    Address,
    ControllerId,
    FunctionId,
    ProviderId,
    VersionId,
    compose_batch_id,
)
from chainfaas.domain.manifests import Image, Manifest, Mode, Warm
from chainfaas.domain.orders import Order
from chainfaas.domain.outcomes import Status
from chainfaas.domain.prices import Offer, Terms
from chainfaas.domain.records import Record
from chainfaas.domain.signatures import Signature, SigningKey
from chainfaas.domain.times import UnixSeconds
from chainfaas.domain.typed_data import SigningDomain, hash_assignment, hash_settlement
from tests.integration.deployed_network import DeployedNetwork, address_of

CID = ControllerId(1)
OFFER = Offer(BaseFee(10**12), Price(10**6))
TERMS = Terms(MaxCost(10**9), memory_mib=64, timeout_ms=10_000)
FIRST_SEQUENCE = 2**40
UNKNOWN_VERSION = VersionId(2**32 - 1)
DEPOSIT = TokenAmount(10 * TOKEN)

_MANIFEST = Manifest(
    image=Image("registry.example/echo", "sha256:" + "11" * 32),
    content_type="text/plain",
    mode=Mode.ONESHOT,
    warm=Warm(prestart=False, reuse=False),
    environment=(),
    output_limit_bytes=1024,
)
VERSION = NewVersion(TERMS, _MANIFEST)


@dataclass(frozen=True)
class LedgerScene:
    """Who is there, and what they have."""

    deployed: DeployedNetwork
    developer: UnlockedKey
    pauper: UnlockedKey
    """A developer whose escrow is empty."""
    provider: UnlockedKey
    provider_id: ProviderId
    function: FunctionId
    retired: FunctionId
    version: VersionId
    paupers_version: VersionId
    opened: Batch
    recorded: Batch
    sequences: Iterator[int]

    @classmethod
    def build(cls, deployed: DeployedNetwork) -> Self:
        """Do everything that good input does."""
        developer, pauper, provider = (deployed.new_actor() for _ in range(3))
        functions = _create_functions(deployed, developer, count=2)
        paupers_function = _create_functions(deployed, pauper, count=1)[0]
        contracts, operator = deployed.contracts, address_of(provider)
        deployed.send(developer, contracts.functions.retire(functions[1]))
        sequences = itertools.count(FIRST_SEQUENCE + secrets.randbelow(2**30))
        scene = cls(
            deployed=deployed,
            developer=developer,
            pauper=pauper,
            provider=provider,
            provider_id=_last_provider(
                deployed, provider, contracts.providers.register(operator, operator, OFFER, "{}")
            ),
            function=functions[0],
            retired=functions[1],
            version=_publish(deployed, developer, functions[0]),
            paupers_version=_publish(deployed, pauper, paupers_function),
            opened=_EMPTY_BATCH,
            recorded=_EMPTY_BATCH,
            sequences=sequences,
        )
        for key, funded in ((developer, TokenAmount(5 * TOKEN)), (pauper, TokenAmount(0))):
            deployed.send(key, contracts.token.approve(contracts.money.address, DEPOSIT))
            deployed.send(key, contracts.money.deposit_and_fund(DEPOSIT, scene.funding(funded)))
        return scene._with_batches()

    @property
    def contracts(self) -> ContractSet:
        return self.deployed.contracts

    @property
    def domain(self) -> SigningDomain:
        return self.deployed.deployments.signing_domain

    @property
    def controller(self) -> SigningKey:
        return SigningKey(self.deployed.controller(CID).private_key)

    def funding(self, amount: TokenAmount) -> Funding:
        return Funding(CID, amount, JobCap(10**6), UnixSeconds(int(time.time()) + 3_600))

    def batch(self, *versions: VersionId, deadline: int | None = None) -> Batch:
        """A batch that nobody knows yet."""
        return Batch(
            batch_id=compose_batch_id(CID, next(self.sequences)),
            provider_id=self.provider_id,
            base_fee=OFFER.base_fee,
            price=OFFER.price,
            deadline=UnixSeconds(self.now() + 60 if deadline is None else deadline),
            orders=tuple(Order(version, _random_word()) for version in versions or (self.version,)),
        )

    def now(self) -> int:
        """The time of the latest block, which is that of a simulated one."""
        return int(self.deployed.web3.eth.get_block("latest")["timestamp"])

    def sign_settlement(self, parts: Sequence[Part], key: SigningKey | None = None) -> Signature:
        return (key or self.controller).sign(self.domain.digest(hash_settlement(parts)))

    def sign_assignments(self, batch: Batch, key: SigningKey | None = None) -> list[Signature]:
        digests = (
            self.domain.digest(hash_assignment(assignment_of(batch, index)))
            for index in range(len(batch.orders))
        )
        return [(key or self.controller).sign(digest) for digest in digests]

    def snapshot(self) -> dict[str, object]:
        """Every nonce and every amount that could have changed."""
        web3, contracts = self.deployed.web3, self.contracts
        keys = {name: getattr(self, name) for name in ("developer", "pauper", "provider")}
        keys["controller"] = self.deployed.controller(CID)
        found: dict[str, object] = {"ledger": contracts.token.balance_of(contracts.money.address)}
        for name, key in keys.items():
            account: Address = address_of(key)
            found[name] = (
                web3.eth.get_transaction_count(web3.to_checksum_address(str(account)), "pending"),
                web3.eth.get_balance(web3.to_checksum_address(str(account))),
                contracts.token.balance_of(account),
                contracts.money.balance_of(account),
                contracts.money.escrow_of(account, CID),
            )
        return found

    def _with_batches(self) -> Self:
        opened, recorded = self.batch(self.version, self.version), self.batch()
        self.deployed.send(self.deployed.controller(CID), self.contracts.jobs.open([opened]))
        parts = [whole(recorded)]
        call = self.contracts.jobs.settle(parts, self.sign_settlement(parts), TokenAmount(1))
        self.deployed.send(self.provider, call)
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return type(self)(**fields | {"opened": opened, "recorded": recorded})


def whole(batch: Batch) -> Part:
    """All jobs of a batch, well ended."""
    records = tuple(Record(Status.SUCCEEDED, 100, _random_word()) for _ in batch.orders)
    return Part(batch, batch.occupied, records)


def _random_word() -> Bytes32:
    return Bytes32(secrets.token_bytes(32))


def _create_functions(deployed: DeployedNetwork, owner: UnlockedKey, count: int) -> list[FunctionId]:
    registry = deployed.contracts.functions
    before = registry.function_count()
    deployed.send_all(owner, [registry.create() for _ in range(count)])
    return [FunctionId(before + 1 + place) for place in range(count)]


def _publish(deployed: DeployedNetwork, owner: UnlockedKey, function: FunctionId) -> VersionId:
    deployed.send(owner, deployed.contracts.functions.publish(function, VERSION, live=True))
    return VersionId(deployed.contracts.functions.version_count())


def _last_provider(deployed: DeployedNetwork, owner: UnlockedKey, registration: ContractCall) -> ProviderId:
    deployed.send(owner, registration)
    return ProviderId(deployed.contracts.providers.provider_count())


_EMPTY_BATCH = Batch(
    compose_batch_id(CID, 0),
    ProviderId(1),
    BaseFee(0),
    Price(0),
    UnixSeconds(0),
    (Order(VersionId(1), Bytes32(bytes(32))),),
)
