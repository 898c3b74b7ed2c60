"""Two groups of signers apart, each with transactions of its own, and together again."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from chainfaas.chain.bindings.contract_set import ContractSet, bind_contracts
from chainfaas.chain.deployment_local import LocalSettings, deploy_local
from chainfaas.chain.deployments import Deployments
from chainfaas.chain.node.local_network import LocalNetwork
from chainfaas.chain.node.waiting import wait_until
from chainfaas.chain.outbox_entry import EntryState, NewEntry, OutboxEntry
from chainfaas.chain.signer import TransactionSigner
from chainfaas.chain.transaction_node import Web3TransactionNode
from chainfaas.chain.transaction_sender.sender import TransactionSender
from chainfaas.chain.transaction_sender.settings import SenderParts, SenderSettings
from chainfaas.controller.indexing.build_indexer import build_indexer
from chainfaas.controller.storage.database import Database, open_database
from chainfaas.domain.identifiers import ChainId
from tests.index_dump import dump_index
from tests.integration.conftest import NewKey, NewNetwork

FINALITY_DEPTH = 2
TIMEOUT_SECONDS = 60.0


@dataclass
class Actor:
    """A key with its own outbox and sender, at one node."""

    database: Database
    sender: TransactionSender
    signer: TransactionSigner
    contracts: ContractSet
    created: int = 0

    def create_function(self) -> OutboxEntry:
        self.created += 1
        call = self.contracts.functions.create()
        return self.send(call.entry(f"create:{self.created}", self.signer.address))

    def send(self, wanted: NewEntry) -> OutboxEntry:
        entry = self.database.outbox().enqueue(wanted)
        (done,) = self.sender.complete([entry.entry_id], timeout_seconds=TIMEOUT_SECONDS)
        return done

    def state(self, entry: OutboxEntry) -> EntryState:
        self.sender.tick()
        return self.database.outbox().entry(entry.entry_id).state


@pytest.fixture
def network(new_network: NewNetwork) -> LocalNetwork:
    made = new_network(period_seconds=0)
    made.start()
    return made


@pytest.fixture
def deployments(network: LocalNetwork) -> Deployments:
    return deploy_local(network, LocalSettings(), lambda _: None)


@pytest.fixture
def actors(
    network: LocalNetwork, deployments: Deployments, new_funded_key: NewKey, tmp_path: Path
) -> Iterator[dict[int, Actor]]:
    """One actor at each node, by the node's number."""
    made = {}
    for number in (1, 2, 3):
        signer = TransactionSigner(new_funded_key(network).account(), ChainId(network.chain_id))
        connection = network.connect(number)
        database = open_database(tmp_path / f"actor-{number}.sqlite")
        parts = SenderParts(
            outbox=database.outbox(),
            node=Web3TransactionNode(connection),
            signer=signer,
            settings=SenderSettings(FINALITY_DEPTH, resend_after_seconds=0.5),
        )
        contracts = bind_contracts(connection, deployments)
        made[number] = Actor(database, TransactionSender(parts), signer, contracts)
    yield made
    for actor in made.values():
        actor.sender.close()
        actor.database.close()


def node_that_may_seal(network: LocalNetwork) -> int:
    """A node that did not seal the head, and so may seal a block on its own (EIP-225)."""
    head = network.node(1).read_head().block_hash
    sealer = str(network.node(1).endpoint.request("clique_getSigner", head)).lower()
    return next(number for number, signer in enumerate(network.signers, start=1) if signer.lower() != sealer)


def test_sync__two_groups_apart_and_together__as_a_fresh_replay_and_all_entries_final(
    network: LocalNetwork, deployments: Deployments, actors: dict[int, Actor], tmp_path: Path
) -> None:
    lone = node_that_may_seal(network)
    others = [number for number in (1, 2, 3) if number != lone]
    indexer = build_indexer(network.connect(lone), deployments, actors[lone].database.engine)
    indexer.sync()

    for number in others:
        network.disconnect_nodes(lone, number)
    apart = actors[lone].create_function()
    indexer.sync()
    before = dump_index(actors[lone].database.engine)
    majority = [actors[number].create_function() for number in (*others, *others)]

    for number in others:
        network.connect_nodes(lone, number)
    height = network.node(others[0]).read_head().number
    assert wait_until(
        lambda: network.node(lone).read_head().number >= height, time.monotonic() + TIMEOUT_SECONDS
    )
    assert apart.inclusion is not None
    assert network.node(lone).read_block_hash(apart.inclusion.block_number) != (
        "0x" + apart.inclusion.block_hash.hex()
    )
    indexer.sync()
    after = dump_index(actors[lone].database.engine)

    # The first function is another's now, and none of the lost block's rows is left.
    assert before["chain_functions"][0][1] == "0x" + actors[lone].signer.address.raw.hex()
    assert after["chain_functions"][0][1] == "0x" + actors[others[0]].signer.address.raw.hex()
    assert "0x" + apart.inclusion.block_hash.hex() not in {row[0] for row in after["chain_events"]}

    finish(actors, {lone: [apart], **dict(zip(others * 2, ([each] for each in majority), strict=False))})
    indexer.sync()
    with open_database(tmp_path / "replay.sqlite") as replay:
        build_indexer(network.connect(others[0]), deployments, replay.engine).sync()
        assert dump_index(actors[lone].database.engine) == dump_index(replay.engine)
    indexer.rebuild()
    owners = [row[1] for row in dump_index(actors[lone].database.engine)["chain_functions"]]
    assert owners.count("0x" + actors[lone].signer.address.raw.hex()) == actors[lone].created


def finish(actors: dict[int, Actor], entries: dict[int, list[OutboxEntry]]) -> None:
    """Make blocks until every entry stays; with sealing on demand only transactions make any."""
    deadline_seconds = time.monotonic() + TIMEOUT_SECONDS
    maker = next(iter(entries))
    while {actors[number].state(entry) for number, each in entries.items() for entry in each} != {
        EntryState.FINAL
    }:
        assert time.monotonic() < deadline_seconds
        actors[maker].create_function()
