"""The shipped contracts in an EVM of this process, with a controller, and a developer with money."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from eth_tester import EthereumTester, PyEVMBackend  # type: ignore[import-untyped]
from web3 import EthereumTesterProvider, Web3
from web3.contract import Contract
from web3.types import TxReceipt

from chainfaas.chain.artefacts import load_artefact
from chainfaas.domain.amounts import JOB_CAP_UNIT, TOKEN
from chainfaas.domain.batches import Batch, Part
from chainfaas.domain.identifiers import (
    Address,
    BatchId,
    ControllerId,
    ProviderId,
    VersionId,
    chain_id,
    compose_batch_id,
)
from chainfaas.domain.prices import Offer, Terms
from chainfaas.domain.signatures import SigningKey
from chainfaas.domain.times import UnixSeconds
from chainfaas.domain.typed_data import SigningDomain
from chainfaas.domain.windows import DEFAULT_WINDOWS

CONTROLLER_SECRET = bytes(31) + b"\x11"
JOB_CAP = 2**32 - 1
MAX_COST = JOB_CAP * (JOB_CAP_UNIT // 10**9)
DEPOSIT = 10**9 * TOKEN


@dataclass
class LedgerWorld:
    """Everything deployed; each method is one transaction, mined at once."""

    web3: Web3
    functions: Contract
    providers: Contract
    ledger: Contract
    developer: str
    operator: str
    controller: SigningKey
    _sequences: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    @classmethod
    def deploy(cls) -> Self:
        tester = EthereumTester(PyEVMBackend())
        web3 = Web3(EthereumTesterProvider(tester))
        founder, developer, operator, payout = tester.get_accounts()[:4]
        controller = SigningKey(CONTROLLER_SECRET)
        tester.add_account("0x" + CONTROLLER_SECRET.hex())
        web3.eth.send_transaction(
            {"from": founder, "to": str(controller.address), "value": web3.to_wei(10, "ether")}
        )
        times = (DEFAULT_WINDOWS.job_life_seconds, DEFAULT_WINDOWS.grace_seconds)
        token = _deploy(web3, "ChainFaaSToken", developer, 2 * DEPOSIT)
        peers = _deploy(
            web3, "PeerRegistry", [(founder, payout, "peer")], [(founder, str(controller.address), payout)]
        )
        providers = _deploy(web3, "ProviderRegistry", token.address, *times)
        functions = _deploy(web3, "FunctionRegistry", *times)
        parts = (token.address, peers.address, providers.address, functions.address)
        windows = (DEFAULT_WINDOWS.claim_seconds, DEFAULT_WINDOWS.commission_bps)
        ledger = _deploy(web3, "MonitoringLedger", *parts, *times, *windows)
        world = cls(web3, functions, providers, ledger, developer, operator, controller)
        world.transact(token.functions.approve(ledger.address, DEPOSIT), developer)
        world.transact(ledger.functions.depositAndFund(DEPOSIT, (1, DEPOSIT, JOB_CAP, 2**32 - 1)), developer)
        world.transact(functions.functions.create(), developer)
        return world

    @property
    def domain(self) -> SigningDomain:
        return SigningDomain(chain_id(self.web3.eth.chain_id), Address.parse(self.ledger.address))

    def transact(self, call: Any, sender: str) -> TxReceipt:  # noqa: ANN401 - web3's functions are made at run time
        sent = call.transact({"from": sender, "gas": 20_000_000})
        return self.web3.eth.wait_for_transaction_receipt(sent)

    def register(self, offer: Offer) -> ProviderId:
        """Register a provider that asks this."""
        call = self.providers.functions.register(
            self.operator, self.operator, offer.base_fee, offer.price, "{}"
        )
        self.transact(call, self.operator)
        return ProviderId(self.providers.functions.providerCount().call())

    def publish(self, terms: Terms) -> VersionId:
        """Publish a version with these terms."""
        live = True
        version = (terms.max_cost, terms.memory_mib, terms.timeout_ms, b"\x01" * 32, bytes(32), b"{}")
        self.transact(self.functions.functions.publish(1, version, live), self.developer)
        return VersionId(self.functions.functions.versionCount().call())

    def next_batch_id(self) -> BatchId:
        return compose_batch_id(ControllerId(1), next(self._sequences))

    def deadline(self) -> UnixSeconds:
        return UnixSeconds(self.web3.eth.get_block("latest")["timestamp"] + 600)

    def open(self, batch: Batch) -> TxReceipt:
        return self.transact(self.ledger.functions.open([batch_tuple(batch)]), str(self.controller.address))

    def settle(self, parts: Sequence[Part], signature: bytes) -> TxReceipt:
        call = self.ledger.functions.settle([part_tuple(part) for part in parts], signature, 0)
        return self.transact(call, self.operator)

    def events(self, name: str, receipt: TxReceipt) -> list[dict[str, Any]]:
        """Return the arguments of a receipt's events of this name."""
        # Some events are of the base contract, whose others web3 would warn of, so logs are chosen by topic.
        event = self.ledger.events[name]()
        topic = self.web3.keccak(text=event.signature)
        return [dict(event.process_log(log)["args"]) for log in receipt["logs"] if log["topics"][0] == topic]

    def stored_words(self, batch: BatchId) -> set[int]:
        """Return what a mapping by batch id in any of the ledger's first slots holds for this batch."""
        keys = (batch.to_bytes(32, "big") + slot.to_bytes(32, "big") for slot in range(32))
        slots = (int.from_bytes(self.web3.keccak(key), "big") for key in keys)
        return {
            int.from_bytes(self.web3.eth.get_storage_at(self.ledger.address, slot), "big") for slot in slots
        }


def _deploy(web3: Web3, name: str, *arguments: object) -> Contract:
    artefact = load_artefact(name)
    factory = web3.eth.contract(abi=artefact.abi, bytecode=artefact.bytecode)
    receipt = web3.eth.wait_for_transaction_receipt(factory.constructor(*arguments).transact())
    return web3.eth.contract(web3.to_checksum_address(str(receipt["contractAddress"])), abi=artefact.abi)


def batch_tuple(batch: Batch) -> tuple[object, ...]:
    """Return a batch as the ABI has it."""
    header = (batch.batch_id, batch.provider_id, batch.base_fee, batch.price, batch.deadline)
    return (*header, batch.packed_orders)


def part_tuple(part: Part) -> tuple[object, ...]:
    """Return a part as the ABI has it."""
    return (batch_tuple(part.batch), part.mask, part.packed_records)
