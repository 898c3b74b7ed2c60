"""Deploys the contracts through an outbox of their own: stopped at any point, it goes on where it was."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from sqlalchemy import MetaData

from chainfaas.chain.artefacts import load_artefact
from chainfaas.chain.bindings.refusals import contract_errors
from chainfaas.chain.deployment_check import read_code, read_genesis_hash
from chainfaas.chain.deployment_plan import created_address
from chainfaas.chain.deployments import CONTRACT_NAMES, DeployedContract, Deployments, abi_hash
from chainfaas.chain.errors import (
    DedupeConflictError,
    DeploymentConflictError,
    StaleDeploymentsError,
    TransactionPendingError,
    TransactionRefusedError,
)
from chainfaas.chain.json_rpc import RpcRefusedError
from chainfaas.chain.outbox_entry import END_STATES, EntryState, NewEntry, OutboxEntry
from chainfaas.chain.outbox_tables import define_outbox_tables
from chainfaas.chain.sql_outbox import SqlOutbox
from chainfaas.chain.sqlite_engine import create_sqlite_engine
from chainfaas.chain.transaction_node import Web3TransactionNode
from chainfaas.chain.transaction_sender.sender import STEP_SECONDS, TransactionSender
from chainfaas.chain.transaction_sender.settings import SenderParts, SenderSettings
from chainfaas.domain.encodings import Bytes32
from chainfaas.domain.keccak import keccak256

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine
    from web3 import Web3

    from chainfaas.chain.deployment_plan import DeploymentPlan
    from chainfaas.chain.signer import TransactionSigner
    from chainfaas.domain.identifiers import Address

TIMEOUT_SECONDS = 180.0
"""How long a deployment waits for its transactions; what is not there by then is kept and sent on."""

Tell: TypeAlias = Callable[[str], None]


@dataclass(frozen=True)
class DeploymentPlace:
    """Where contracts are deployed to, and who pays for it.

    Attributes:
        connection: A node of the chain.
        signer: Key that makes the contracts; it needs coin.
        outbox_file: SQLite file that remembers how far the deployment came; one a chain.
        finality_depth: Blocks on top of a transaction's from which it stays; zero where none may follow.
        wait_for_agreement: Returns when the chain's nodes have one head; only used where the depth is zero.
    """

    connection: Web3
    signer: TransactionSigner
    outbox_file: Path
    finality_depth: int
    wait_for_agreement: Callable[[], None] = lambda: None


def deploy_contracts(place: DeploymentPlace, plan: DeploymentPlan, tell: Tell) -> Deployments:
    """Deploy what is planned, or finish what a run before began; nothing is deployed twice.

    The caller makes sure that no other process deploys with the same outbox.

    Args:
        place: Where to, and with which key.
        plan: What; the same as in the run before, if there was one.
        tell: Takes a line of progress.

    Returns:
        Where the contracts are, once they are there to stay.

    Raises:
        DeploymentConflictError: A run before began with another plan.
        TransactionRefusedError: The chain refuses a contract.
        TransactionPendingError: It takes too long; a later run goes on.
        StaleDeploymentsError: What is on chain is not what was sent; somebody else uses the key.
        WrongChainError: The node serves another chain than the key signs for.
        ChainUnreachableError: The node does not answer.
    """
    engine = create_sqlite_engine(place.outbox_file)
    try:
        return _Deployment(place, plan, _open_outbox(engine)).run(tell)
    finally:
        engine.dispose()


class _Deployment:
    def __init__(self, place: DeploymentPlace, plan: DeploymentPlan, outbox: SqlOutbox) -> None:
        self._place, self._plan, self._outbox = place, plan, outbox
        parts = SenderParts(
            outbox=self._outbox,
            node=Web3TransactionNode(place.connection),
            signer=place.signer,
            settings=SenderSettings(finality_depth=place.finality_depth),
            errors=contract_errors(),
        )
        self._sender = TransactionSender(parts)
        self._deadline_seconds = time.monotonic() + TIMEOUT_SECONDS

    def run(self, tell: Tell) -> Deployments:
        addresses: dict[str, Address] = {}
        entries: dict[str, int] = {}
        for name in CONTRACT_NAMES:
            tell(f"Sending {name}")
            data = self._plan.creation_data(name, addresses)
            entries[name], addresses[name] = self._create(name, data)
        gifts = [self._give_coin(account, wei) for account, wei in self._plan.coin]
        tell("Waiting until the contracts are there to stay")
        self._complete([*entries.values(), *gifts])
        self._sender.close()
        contracts = {
            name: self._deployed(self._outbox.entry(entries[name]), name, addresses[name])
            for name in CONTRACT_NAMES
        }
        return Deployments(
            chain_id=self._place.signer.chain_id,
            genesis_hash=read_genesis_hash(self._place.connection),
            windows=self._plan.windows,
            is_dev=self._plan.is_dev,
            compiler_version=load_artefact(CONTRACT_NAMES[0]).compiler_version,
            contracts=contracts,
        )

    def _create(self, name: str, data: bytes) -> tuple[int, Address]:
        # The address follows from the nonce alone, so that the next contract need not wait for a block.
        wanted = NewEntry(f"deploy:{name}", self._place.signer.address, None, data)
        entry = self._nonce_given(self._enqueue(wanted))
        if entry.nonce is None:
            raise TransactionRefusedError(f"{name} was not deployed: {entry.error}.")
        return entry.entry_id, created_address(wanted.signer, entry.nonce)

    def _give_coin(self, account: Address, wei: int) -> int:
        gift = NewEntry(f"coin:{account}", self._place.signer.address, account, value_wei=wei)
        return self._enqueue(gift).entry_id

    def _enqueue(self, wanted: NewEntry) -> OutboxEntry:
        try:
            return self._outbox.enqueue(wanted)
        except DedupeConflictError as fault:
            raise DeploymentConflictError(
                "A deployment with other settings, or of another release, was begun on this chain."
            ) from fault

    def _nonce_given(self, entry: OutboxEntry) -> OutboxEntry:
        pause = threading.Event()
        while entry.nonce is None and entry.state not in END_STATES:
            if time.monotonic() > self._deadline_seconds:
                raise TransactionPendingError(f"{entry.request.dedupe_key} could not be sent yet.")
            with contextlib.suppress(
                RpcRefusedError
            ):  # such as a node that has just begun; the deadline bounds it
                self._sender.tick()
            entry = self._outbox.entry(entry.entry_id)
            pause.wait(0 if entry.nonce is not None else STEP_SECONDS)
        return entry

    def _complete(self, entry_ids: list[int]) -> None:
        remaining_seconds = self._deadline_seconds - time.monotonic()
        if self._place.finality_depth:
            self._sender.complete(entry_ids, until=EntryState.FINAL, timeout_seconds=remaining_seconds)
            return
        self._sender.complete(entry_ids, timeout_seconds=remaining_seconds)
        # Signers that sealed at the same moment may still replace a block; then its entries are sent again.
        self._place.wait_for_agreement()
        self._sender.complete(entry_ids, timeout_seconds=remaining_seconds)

    def _deployed(self, entry: OutboxEntry, name: str, address: Address) -> DeployedContract:
        artefact, inclusion = load_artefact(name), entry.inclusion
        code = read_code(self._place.connection, address)
        if inclusion is None or not artefact.is_code_of(code):
            raise StaleDeploymentsError(f"{name} is not at {address}; was the deployer's key used elsewhere?")
        return DeployedContract(
            address=address,
            block=inclusion.block_number,
            transaction_hash=Bytes32(inclusion.tx_hash),
            code_hash=Bytes32(keccak256(code)),
            abi_hash=abi_hash(artefact),
        )


def _open_outbox(engine: Engine) -> SqlOutbox:
    metadata = MetaData()
    tables = define_outbox_tables(metadata)
    metadata.create_all(engine)
    return SqlOutbox(engine, tables, takes_over=True)
