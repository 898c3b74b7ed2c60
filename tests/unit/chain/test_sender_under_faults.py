"""A sender under every mixture of faults, crashes and reorganisations: each effect once, and nothing else."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import MetaData

from chainfaas.chain.errors import ChainUnreachableError
from chainfaas.chain.outbox_entry import EntryState, NewEntry
from chainfaas.chain.outbox_tables import define_outbox_tables
from chainfaas.chain.signer import TransactionSigner
from chainfaas.chain.sql_outbox import SqlOutbox
from chainfaas.chain.sqlite_engine import Durability, create_sqlite_engine
from chainfaas.chain.transaction_sender.points import SenderPoint
from chainfaas.chain.transaction_sender.sender import TransactionSender
from chainfaas.chain.transaction_sender.settings import SenderParts, SenderSettings
from chainfaas.domain.identifiers import Address, ChainId
from chainfaas.domain.keccak import keccak256
from tests.simulated_chain import CHAIN_ID, Fault, SimulatedChain

DEPTH = 2
BLOCKS_TO_QUIET = 60


class CrashError(BaseException):
    """The process died; nothing of it may handle this."""


class SenderMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        metadata = MetaData()
        tables = define_outbox_tables(metadata)
        self.engine = create_sqlite_engine(Path(self.folder.name) / "outbox.sqlite", Durability.NORMAL)
        metadata.create_all(self.engine)
        self.outbox = SqlOutbox(self.engine, tables, takes_over=True)
        self.chain = SimulatedChain()
        self.signer = TransactionSigner.from_private_key(keccak256(b"throw-away"), ChainId(CHAIN_ID))
        self.now_seconds = 0.0
        self.crash_at: SenderPoint | None = None
        self.wanted: list[int] = []
        self.finals: set[bytes] = set()
        self.start()

    def start(self) -> None:
        self.crash_at = None
        parts = SenderParts(
            outbox=self.outbox,
            node=self.chain,
            signer=self.signer,
            settings=SenderSettings(finality_depth=DEPTH, in_flight_cap=3, resend_after_seconds=2),
            at_point=self.pass_point,
            monotonic=lambda: self.now_seconds,
        )
        self.sender = TransactionSender(parts)

    def pass_point(self, point: SenderPoint) -> None:
        if point is self.crash_at:
            raise CrashError

    def attempt(self, work: Callable[[], object]) -> None:
        try:
            work()
        except ChainUnreachableError:
            pass
        except CrashError:
            self.start()

    @rule()
    def enqueue(self) -> None:
        data = len(self.wanted).to_bytes(4, "big")
        new = NewEntry(f"effect {len(self.wanted)}", self.signer.address, Address(bytes(20)), data)
        self.wanted.append(self.outbox.enqueue(new).entry_id)

    @rule(ticks=st.integers(1, 3))
    def tick(self, ticks: int) -> None:
        for _ in range(ticks):
            self.attempt(self.sender.tick)

    @rule(blocks=st.integers(1, 4))
    def mine(self, blocks: int) -> None:
        for _ in range(blocks):
            self.chain.mine()
            self.attempt(self.sender.tick)

    @rule(depth=st.integers(1, DEPTH), keeps_pool=st.booleans())
    def reorganise(self, depth: int, *, keeps_pool: bool) -> None:
        self.chain.reorganise(depth, keeps_pool=keeps_pool)

    @rule()
    def lose_the_pool(self) -> None:
        self.chain.pool.clear()

    @rule()
    def use_the_key_elsewhere(self) -> None:
        self.chain.mine_foreign(self.signer.address)

    @rule(fault=st.sampled_from(Fault))
    def break_the_line(self, fault: Fault) -> None:
        self.chain.faults.append(fault)

    @rule(seconds=st.integers(1, 3))
    def wait(self, seconds: int) -> None:
        self.now_seconds += seconds

    @rule(point=st.sampled_from(SenderPoint))
    def will_crash(self, point: SenderPoint) -> None:
        self.crash_at = point

    @precondition(lambda self: self.crash_at is None)
    @rule()
    def restart(self) -> None:
        self.start()

    @invariant()
    def no_effect_twice(self) -> None:
        ours = [data for data in self.chain.effects() if len(data) == 4]
        assert len(ours) == len(set(ours))

    @invariant()
    def final_effects_stay(self) -> None:
        entries = [self.outbox.entry(entry_id) for entry_id in self.wanted]
        self.finals |= {entry.request.data for entry in entries if entry.state is EntryState.FINAL}
        assert self.finals <= set(self.chain.effects())

    def teardown(self) -> None:
        self.chain.faults.clear()
        self.start()
        for _ in range(BLOCKS_TO_QUIET):
            self.now_seconds += 3
            self.attempt(self.sender.tick)
            self.chain.mine()
        states = [self.outbox.entry(entry_id).state for entry_id in self.wanted]
        ours = [data for data in self.chain.effects() if len(data) == 4]
        self.engine.dispose()
        self.folder.cleanup()
        assert states == [EntryState.FINAL] * len(self.wanted)
        assert sorted(ours) == [number.to_bytes(4, "big") for number in range(len(self.wanted))]


SenderMachine.TestCase.settings = settings(
    max_examples=30, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
TestSenderUnderFaults = SenderMachine.TestCase
