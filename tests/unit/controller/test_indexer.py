from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from sqlalchemy import Engine, func, select

from chainfaas.chain.event_decoder import ChainEvent, EventValue
from chainfaas.chain.headers import HeadClock
from chainfaas.chain.sqlite_engine import Durability, create_sqlite_engine
from chainfaas.controller.indexing.errors import EventOrderError, ForeignIndexError
from chainfaas.controller.indexing.index_store import IndexStore
from chainfaas.controller.indexing.indexer import Indexer, IndexSource
from chainfaas.controller.storage.schema import CHAIN, METADATA
from chainfaas.domain.encodings import format_hex
from tests.index_dump import dump_index
from tests.simulated_ledger import LEDGER, SimulatedLedger

HISTORY_BLOCKS = 6
SOURCE = IndexSource(chain_id=1, first_block=1, contracts={"Ledger": "0x" + "ee" * 20})


def new_engine(file: Path) -> Engine:
    engine = create_sqlite_engine(file, Durability.NORMAL)
    METADATA.create_all(engine)
    return engine


def new_indexer(ledger: SimulatedLedger, engine: Engine) -> Indexer:
    return Indexer(ledger, IndexStore(engine, HISTORY_BLOCKS), SOURCE)


def replay(ledger: SimulatedLedger) -> dict[str, list[tuple[object, ...]]]:
    with tempfile.TemporaryDirectory() as folder:
        engine = new_engine(Path(folder) / "replay.sqlite")
        new_indexer(ledger, engine).sync()
        dumped = dump_index(engine)
        engine.dispose()
    return dumped


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = new_engine(tmp_path / "index.sqlite")
    yield engine
    engine.dispose()


@pytest.fixture
def ledger() -> SimulatedLedger:
    return SimulatedLedger(seed=7)


class IndexerMachine(RuleBasedStateMachine):
    """A live index, through mining, forks of any depth, forks in the middle of a read, and restarts."""

    @initialize(seed=st.integers(0, 2**32))
    def begin(self, seed: int) -> None:
        self.ledger = SimulatedLedger(seed)
        self.folder = tempfile.TemporaryDirectory()
        self.engine = new_engine(Path(self.folder.name) / "live.sqlite")
        self.indexer = new_indexer(self.ledger, self.engine)

    @rule(blocks=st.integers(1, 12), steps=st.integers(0, 4))
    def mine(self, blocks: int, steps: int) -> None:
        for _ in range(blocks):
            self.ledger.mine(steps)

    @rule(depth=st.integers(1, HISTORY_BLOCKS + 4), new_blocks=st.integers(0, 8), steps=st.integers(0, 3))
    def reorganise(self, depth: int, new_blocks: int, steps: int) -> None:
        self.ledger.reorganise(depth, new_blocks, steps)

    @rule()
    def sync(self) -> None:
        self.indexer.sync()

    @rule(depth=st.integers(1, 3))
    def sync_through_a_fork(self, depth: int) -> None:
        self.ledger.on_read = lambda: self.ledger.reorganise(depth, depth + 1, 2)
        self.indexer.sync()

    @rule(depth=st.integers(1, 3), reads=st.integers(0, 2))
    def sync_through_a_fork_before_headers(self, depth: int, reads: int) -> None:
        self.ledger.on_headers = lambda: self.ledger.reorganise(depth, depth + 1, 2)
        self.ledger.headers_before_interrupt = reads
        self.indexer.sync()
        self.ledger.on_headers, self.ledger.headers_before_interrupt = None, 0

    @rule()
    def restart(self) -> None:
        self.indexer = new_indexer(self.ledger, self.engine)

    def teardown(self) -> None:
        try:
            self.check()
        finally:
            self.engine.dispose()
            self.folder.cleanup()

    def check(self) -> None:
        # A shorter fork has forgotten more than a replay would; enough blocks make up for it.
        for _ in range(2 * HISTORY_BLOCKS + 8):
            self.ledger.mine(1)
        self.indexer.sync()
        live = dump_index(self.engine)
        assert live == replay(self.ledger)
        self.compare_with_the_model(live)

    def compare_with_the_model(self, live: dict[str, list[tuple[object, ...]]]) -> None:
        model = self.ledger.blocks[-1].model
        balances = {account: amount for account, amount in live["chain_balances"] if amount}
        assert balances == {format_hex(who.raw): amount for who, amount in model.balances.items() if amount}
        escrows = {(row[0], row[1]): row[2:4] for row in live["chain_escrows"] if any(row[2:4])}
        amounts = {key: (free, model.reserved.get(key, 0)) for key, free in model.free.items()}
        assert escrows == {
            (format_hex(who.raw), cid): amount for (who, cid), amount in amounts.items() if any(amount)
        }
        states = [row[6] for row in live["chain_jobs"]]
        assert states.count("open") == len(model.open_jobs)


IndexerMachine.TestCase.settings = settings(
    max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
TestIndexerUnderForks = IndexerMachine.TestCase


def test_sync__twice__second_changes_nothing(engine: Engine, ledger: SimulatedLedger) -> None:
    for _ in range(5):
        ledger.mine(3)
    indexer = new_indexer(ledger, engine)
    indexer.sync()
    before = dump_index(engine)
    assert indexer.sync() == replace(ledger.head(), base_fee_wei=0)
    assert dump_index(engine) == before


def test_sync__node_behind__index_stays(engine: Engine, ledger: SimulatedLedger) -> None:
    for _ in range(5):
        ledger.mine(3)
    indexer = new_indexer(ledger, engine)
    indexer.sync()
    before = dump_index(engine)
    removed = ledger.blocks.pop()
    indexer.sync()
    assert dump_index(engine) == before
    ledger.blocks.append(removed)


def test_sync__shallow_fork__one_transaction(engine: Engine, ledger: SimulatedLedger) -> None:
    for _ in range(5):
        ledger.mine(3)
    indexer = new_indexer(ledger, engine)
    indexer.sync()
    ledger.reorganise(2, 3, 3)
    indexer.sync()
    assert dump_index(engine) == replay(ledger)


@pytest.mark.parametrize("depth", [2, 3])
def test_sync__fork_after_the_ancestor_was_found__begun_anew(
    engine: Engine, ledger: SimulatedLedger, depth: int
) -> None:
    for _ in range(3):
        ledger.mine(3)
    indexer = new_indexer(ledger, engine)
    indexer.sync()
    ledger.mine(3)
    # The first headers are read to find the ancestor, the second to go on from it.
    ledger.headers_before_interrupt = 1
    ledger.on_headers = lambda: ledger.reorganise(depth, depth, 3)
    assert indexer.sync().block_hash == ledger.head().block_hash
    assert ledger.headers_before_interrupt == 0
    assert dump_index(engine) == replay(ledger)


def test_sync__event_out_of_order__nothing_stored(engine: Engine, ledger: SimulatedLedger) -> None:
    ledger.mine(0)
    indexer = new_indexer(ledger, engine)
    indexer.sync()
    before = dump_index(engine)
    ledger.mine(4)
    block = ledger.blocks[-1]
    said: dict[str, EventValue] = {"jobId": 1 << 48, "developer": LEDGER}
    block_hash = block.header.block_hash
    block.events.append(
        ChainEvent("JobExpired", said, "Ledger", LEDGER, block.header.number, block_hash, bytes(32), 0, 99)
    )
    with pytest.raises(EventOrderError):
        indexer.sync()
    assert dump_index(engine) == before


def test_sync__other_contracts__refused(engine: Engine, ledger: SimulatedLedger) -> None:
    new_indexer(ledger, engine).sync()
    other = Indexer(ledger, IndexStore(engine), replace(SOURCE, contracts={"Ledger": "0x" + "dd" * 20}))
    with pytest.raises(ForeignIndexError):
        other.sync()


def test_rebuild__spoilt_rows__as_before(engine: Engine, ledger: SimulatedLedger) -> None:
    for _ in range(20):
        ledger.mine(3)
    indexer = new_indexer(ledger, engine)
    indexer.sync()
    with engine.begin() as connection:
        connection.execute(CHAIN.balances.update().values(amount=1))
    indexer.rebuild()
    assert dump_index(engine) == replay(ledger)


def test_sync__long_history__empty_blocks_forgotten(engine: Engine, ledger: SimulatedLedger) -> None:
    ledger.mine(3)
    for _ in range(40):
        ledger.mine(0)
    new_indexer(ledger, engine).sync()
    with engine.connect() as connection:
        kept = connection.execute(select(func.count()).select_from(CHAIN.blocks)).scalar_one()
    assert kept == HISTORY_BLOCKS + (1 if ledger.blocks[1].events else 0)


def test_run__new_head__indexed_and_told(engine: Engine, ledger: SimulatedLedger) -> None:
    told: list[str] = []
    indexed, stop, clock = threading.Event(), threading.Event(), HeadClock(0)

    def on_events(events: object) -> None:
        told.append(type(events).__name__)
        indexed.set()

    indexer = Indexer(ledger, IndexStore(engine), SOURCE, on_events)
    loop = threading.Thread(target=indexer.run, args=(stop, clock))
    loop.start()
    while not ledger.blocks[-1].events:
        ledger.mine(2)
    clock.observe(ledger.head())
    assert indexed.wait(10)
    stop.set()
    clock.close()
    loop.join(10)
    assert not loop.is_alive()
    assert told
