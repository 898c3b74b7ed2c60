"""What bad input gets: a named error with its fields and a remedy; no balance and no nonce has changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import MetaData

from chainfaas.chain.bindings.refusals import ContractRefusedError, contract_errors
from chainfaas.chain.bindings.simulation import simulate_call
from chainfaas.chain.connection import connect
from chainfaas.chain.deployment_check import check_deployments
from chainfaas.chain.deployments import FUNCTIONS, LEDGER
from chainfaas.chain.errors import (
    ChainUnreachableError,
    StaleDeploymentsError,
    TransactionPendingError,
    TransactionRefusedError,
    WrongChainError,
)
from chainfaas.chain.keystore import UnlockedKey
from chainfaas.chain.node.local_network import LocalNetwork
from chainfaas.chain.outbox_entry import EntryState, OutboxEntry
from chainfaas.chain.outbox_tables import define_outbox_tables
from chainfaas.chain.signer import TransactionSigner
from chainfaas.chain.sql_outbox import SqlOutbox
from chainfaas.chain.sqlite_engine import create_sqlite_engine
from chainfaas.chain.transaction_node import Web3TransactionNode
from chainfaas.chain.transaction_sender.sender import TransactionSender
from chainfaas.chain.transaction_sender.settings import SenderParts, SenderSettings
from chainfaas.domain.amounts import TokenAmount
from chainfaas.domain.encodings import Bytes32
from chainfaas.domain.errors import ChainFaaSError, SignatureLengthError, SignatureMalleableError
from chainfaas.domain.identifiers import ChainId
from chainfaas.domain.signatures import Signature
from tests.integration.bad_input.bad_calls import (
    ANYTHING,
    BAD_CALLS,
    STRANGER,
    BadCall,
    compact,
    settlement,
    with_high_s,
)
from tests.integration.bad_input.ledger_scene import CID, LedgerScene
from tests.integration.conftest import NewNetwork
from tests.integration.deployed_network import DeployedNetwork, address_of

ENOUGH_SECONDS = 30
A_MOMENT_SECONDS = 0.5


@pytest.fixture(scope="module")
def scene(deployed_on_demand: DeployedNetwork) -> LedgerScene:
    return LedgerScene.build(deployed_on_demand)


@dataclass(frozen=True)
class Desk:
    """A sender with an outbox of its own."""

    outbox: SqlOutbox
    sender: TransactionSender

    @classmethod
    def open(cls, network: LocalNetwork, key: UnlockedKey, folder: Path, chain_id: int | None = None) -> Desk:
        metadata = MetaData()
        tables = define_outbox_tables(metadata)
        engine = create_sqlite_engine(folder / "outbox.sqlite3")
        metadata.create_all(engine)
        outbox = SqlOutbox(engine, tables)
        signer = TransactionSigner(key.account(), ChainId(chain_id or network.chain_id))
        parts = SenderParts(
            outbox=outbox,
            node=Web3TransactionNode(network.connect(1)),
            signer=signer,
            settings=SenderSettings(finality_depth=0),
            errors=contract_errors(),
        )
        return cls(outbox, TransactionSender(parts))

    def complete(self, entry: OutboxEntry, timeout_seconds: float = ENOUGH_SECONDS) -> OutboxEntry:
        return self.sender.complete([entry.entry_id], timeout_seconds=timeout_seconds)[0]


def key_of(scene: LedgerScene, name: str) -> UnlockedKey:
    key: UnlockedKey = scene.deployed.controller(CID) if name == "controller" else getattr(scene, name)
    return key


def same(fields: tuple[object, ...], expected: tuple[object, ...]) -> bool:
    return len(fields) == len(expected) and all(
        wanted is ANYTHING or found == wanted for found, wanted in zip(fields, expected, strict=True)
    )


@pytest.mark.parametrize("row", BAD_CALLS.values(), ids=BAD_CALLS)
def test_simulate_call__bad_input__named_error_with_fields_and_remedy(
    scene: LedgerScene, row: BadCall
) -> None:
    before = scene.snapshot()
    with pytest.raises(ContractRefusedError) as caught:
        simulate_call(scene.deployed.web3, row.call(scene), address_of(key_of(scene, row.sender)))
    assert caught.value.reason.name == row.error
    assert same(caught.value.reason.args, row.fields(scene)), caught.value.reason
    assert caught.value.remedy not in ("", ContractRefusedError.default_remedy)
    assert scene.snapshot() == before


@pytest.mark.parametrize("row", BAD_CALLS.values(), ids=BAD_CALLS)
def test_complete__bad_input__refused_without_a_nonce(
    scene: LedgerScene, row: BadCall, tmp_path: Path
) -> None:
    before = scene.snapshot()
    key = key_of(scene, row.sender)
    desk = Desk.open(scene.deployed.network, key, tmp_path)
    entry = desk.outbox.enqueue(row.call(scene).entry("bad", address_of(key)))
    with pytest.raises(TransactionRefusedError, match=row.error):
        desk.complete(entry)
    ended = desk.outbox.entry(entry.entry_id)
    assert (ended.state, ended.nonce) == (EntryState.REFUSED, None)
    assert scene.snapshot() == before


@pytest.mark.parametrize(
    ("change", "error"),
    [(with_high_s, SignatureMalleableError), (compact, SignatureLengthError)],
    ids=["high s", "64 bytes"],
)
def test_signature__form_that_is_not_taken__refused_before_it_is_a_call(
    change: Callable[[bytes], bytes], error: type[ChainFaaSError]
) -> None:
    good = STRANGER.sign(Bytes32(bytes(32)))
    with pytest.raises(error):
        Signature(change(good.raw))


def test_connect__wrong_chain_id__both_ids_named(scene: LedgerScene) -> None:
    before, network = scene.snapshot(), scene.deployed.network
    with pytest.raises(WrongChainError, match=rf"{network.chain_id}.*{network.chain_id + 1}"):
        connect(network.socket_path(1), expected_chain_id=network.chain_id + 1)
    assert scene.snapshot() == before


def test_complete__key_of_another_chain__nothing_signed(scene: LedgerScene, tmp_path: Path) -> None:
    before, network = scene.snapshot(), scene.deployed.network
    desk = Desk.open(network, scene.developer, tmp_path, chain_id=network.chain_id + 1)
    call = scene.contracts.money.withdraw(address_of(scene.developer), TokenAmount(1))
    entry = desk.outbox.enqueue(call.entry("withdraw", address_of(scene.developer)))
    with pytest.raises(WrongChainError):
        desk.complete(entry)
    assert desk.outbox.entry(entry.entry_id).state is EntryState.PENDING
    assert scene.snapshot() == before


@pytest.mark.parametrize("what", ["genesis", "address", "swapped", "code", "chain"])
def test_check_deployments__stale_file__refused(scene: LedgerScene, what: str) -> None:
    before, known = scene.snapshot(), scene.deployed.deployments
    ledger, functions = known.contracts[LEDGER], known.contracts[FUNCTIONS]
    stale = {
        "genesis": replace(known, genesis_hash=Bytes32(bytes(32))),
        "chain": replace(known, chain_id=ChainId(known.chain_id + 1)),
        "address": replace(
            known, contracts={**known.contracts, LEDGER: replace(ledger, address=STRANGER.address)}
        ),
        "swapped": replace(
            known, contracts={**known.contracts, LEDGER: replace(ledger, address=functions.address)}
        ),
        "code": replace(
            known, contracts={**known.contracts, LEDGER: replace(ledger, code_hash=Bytes32(bytes(32)))}
        ),
    }
    with pytest.raises(StaleDeploymentsError) as caught:
        check_deployments(scene.deployed.web3, stale[what])
    assert caught.value.remedy
    assert scene.snapshot() == before


def test_connect__nobody_listens__unreachable(tmp_path: Path) -> None:
    with pytest.raises(ChainUnreachableError):
        connect(tmp_path / "nobody.ipc")
    with pytest.raises(ChainUnreachableError):
        connect("http://127.0.0.1:1", timeout_seconds=1)


def test_complete__chain_goes_away__entry_kept_and_carried_out_once_it_is_back(
    new_network: NewNetwork, tmp_path: Path
) -> None:
    deployed = start_deployed(new_network)
    network, key = deployed.network, deployed.new_actor()
    desk = Desk.open(network, key, tmp_path)
    call = deployed.contracts.token.transfer(STRANGER.address, TokenAmount(7))
    entry = desk.outbox.enqueue(call.entry("transfer", address_of(key)))
    network.stop()
    with pytest.raises(ChainUnreachableError):
        simulate_call(deployed.web3, call, address_of(key))
    with pytest.raises(TransactionPendingError):
        desk.complete(entry, timeout_seconds=A_MOMENT_SECONDS)
    kept = desk.outbox.entry(entry.entry_id)
    assert (kept.state, kept.nonce) == (EntryState.PENDING, None)
    network.start()
    assert desk.complete(entry).state in (EntryState.INCLUDED, EntryState.FINAL)
    assert deployed.contracts.token.balance_of(STRANGER.address) == 7


def start_deployed(new_network: NewNetwork) -> DeployedNetwork:
    network = new_network(signers=1, period_seconds=0)
    network.start()
    return DeployedNetwork.on(network)


def test_settle__good_input__taken(scene: LedgerScene) -> None:
    # The scene is sound: what is refused above is refused for the reason given.
    scene.deployed.send(scene.provider, settlement(scene))
