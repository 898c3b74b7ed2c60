"""Sender, head follower and indexer as they run together: three threads that wake each other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from chainfaas.chain.bindings.refusals import contract_errors
from chainfaas.chain.head_follower import HeadFollower
from chainfaas.chain.headers import HeadClock
from chainfaas.chain.node.waiting import wait_until
from chainfaas.chain.outbox_entry import EntryState
from chainfaas.chain.signer import TransactionSigner
from chainfaas.chain.transaction_node import Web3TransactionNode
from chainfaas.chain.transaction_sender.sender import TransactionSender
from chainfaas.chain.transaction_sender.settings import SenderParts, SenderSettings
from chainfaas.controller.indexing.build_indexer import build_indexer
from chainfaas.controller.indexing.plain_event import PlainEvent
from chainfaas.controller.storage.database import Database, open_database
from chainfaas.domain.amounts import TOKEN, TokenAmount
from chainfaas.domain.encodings import format_hex
from chainfaas.domain.identifiers import ChainId, ControllerId
from tests.integration.deployed_network import DeployedNetwork

FINALITY_DEPTH = 2
TIMEOUT_SECONDS = 60.0
EFFECTS = 6


class RunningController:
    """The three loops over one database."""

    def __init__(self, deployed: DeployedNetwork, database: Database) -> None:
        self.database, self.deployed = database, deployed
        self.signer = TransactionSigner(
            deployed.new_actor().account(), ChainId(deployed.deployments.chain_id)
        )
        self.outbox = database.outbox()
        self.sender = TransactionSender(
            SenderParts(
                outbox=self.outbox,
                node=Web3TransactionNode(deployed.network.connect(1)),
                signer=self.signer,
                settings=SenderSettings(FINALITY_DEPTH, idle_seconds=TIMEOUT_SECONDS),
                errors=contract_errors(),
            )
        )
        self.clock = HeadClock(deployed.network.period_seconds)
        self.follower = HeadFollower(deployed.network.connect(1), self.clock, self.sender.wake)
        self.told: list[PlainEvent] = []
        self.indexer = build_indexer(
            deployed.network.connect(1), deployed.deployments, database.engine, self._tell
        )

    def _tell(self, events: Sequence[PlainEvent]) -> None:
        address = format_hex(self.signer.address.raw)
        self.told += [event for event in events if event.args.get("owner") == address]

    def loops(self, stop: threading.Event) -> list[Callable[[], None]]:
        return [
            lambda: self.sender.run(stop),
            lambda: self.follower.run(stop),
            lambda: self.indexer.run(stop, self.clock),
        ]

    def create_functions(self) -> list[int]:
        call = self.deployed.contracts.functions.create()
        entries = [
            self.outbox.enqueue(call.entry(f"create:{number}", self.signer.address))
            for number in range(EFFECTS)
        ]
        self.sender.wake()
        return [entry.entry_id for entry in entries]


@contextmanager
def running(deployed: DeployedNetwork, folder: Path) -> Iterator[RunningController]:
    with ExitStack() as stack:
        database = stack.enter_context(open_database(folder / "controller.sqlite"))
        controller, stop = RunningController(deployed, database), threading.Event()
        threads = [threading.Thread(target=loop) for loop in controller.loops(stop)]
        for thread in threads:
            thread.start()
        try:
            yield controller
        finally:
            stop.set()
            controller.sender.wake()
            for thread in threads:
                thread.join()


def eventually(condition: Callable[[], bool]) -> bool:
    return wait_until(condition, time.monotonic() + TIMEOUT_SECONDS)


def test_run__blocks_by_the_second__all_final_and_told_once(
    deployed: DeployedNetwork, tmp_path: Path
) -> None:
    with running(deployed, tmp_path) as controller:
        entries = controller.create_functions()
        assert eventually(
            lambda: all(controller.outbox.entry(number).state is EntryState.FINAL for number in entries)
        )
        assert eventually(lambda: len(controller.told) == EFFECTS)
        assert len({event.args["functionId"] for event in controller.told}) == EFFECTS


def test_run__sealing_on_demand__all_included_and_told(
    deployed_on_demand: DeployedNetwork, tmp_path: Path
) -> None:
    with running(deployed_on_demand, tmp_path) as controller:
        entries = controller.create_functions()
        assert eventually(
            lambda: all(controller.outbox.entry(number).inclusion is not None for number in entries)
        )
        assert eventually(lambda: len({event.args["functionId"] for event in controller.told}) == EFFECTS)


def test_tick__contract_refuses__named_error_and_no_nonce(deployed: DeployedNetwork, tmp_path: Path) -> None:
    with open_database(tmp_path / "controller.sqlite") as database:
        controller = RunningController(deployed, database)
        money, address = deployed.contracts.money, controller.signer.address
        refused = money.withdraw(address, TokenAmount(TOKEN))
        entry = controller.outbox.enqueue(refused.entry("withdraw", address))
        allowed = controller.outbox.enqueue(money.close(ControllerId(1)).entry("close", address))
        controller.sender.complete([allowed.entry_id], timeout_seconds=TIMEOUT_SECONDS)
        ended = controller.outbox.entry(entry.entry_id)
        controller.sender.close()
    assert ended.state is EntryState.REFUSED
    assert ended.nonce is None
    assert ended.error is not None
    assert ended.error.startswith("MonetaryLedger_BalanceTooSmall(")
