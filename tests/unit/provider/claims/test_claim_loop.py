from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import Engine

from chainfaas.chain.bindings.monitoring_ledger import MonitoringLedger
from chainfaas.chain.headers import BlockHeader, HeadClock
from chainfaas.chain.node.waiting import wait_until
from chainfaas.chain.outbox_entry import Attempt, Change, EntryState, Fees, Inclusion
from chainfaas.chain.sql_outbox import SqlOutbox
from chainfaas.domain.amounts import TokenAmount
from chainfaas.domain.batches import Part
from chainfaas.domain.errors import ChainFaaSError
from chainfaas.domain.identifiers import Address
from chainfaas.domain.masks import mask_of_indices
from chainfaas.domain.outcomes import Status
from chainfaas.domain.records import Record
from chainfaas.domain.typed_data import hash_settlement
from chainfaas.domain.wire.settlements import SettlementsAnswer, SettlementsRequest, SignedSettlement
from chainfaas.observability.crash_points import pass_by
from chainfaas.provider.claims import claim_loop
from chainfaas.provider.claims.check_settlement import Books, ClaimParties
from chainfaas.provider.claims.claim_desk import ClaimDesk, ClaimFiles
from chainfaas.provider.claims.claim_loop import ClaimLoop, ClaimPace, ClaimParts, Step
from chainfaas.provider.controller_api.controller_client import ControllerClient
from chainfaas.provider.controller_api.errors import ControllerUnreachableError
from chainfaas.provider.journal.chain_notes import BlockPlace, ChainNotes
from chainfaas.provider.journal.job_journal import JobJournal
from chainfaas.provider.journal.job_state import JobState
from chainfaas.provider.journal.journal_file import open_journal
from chainfaas.provider.journal.tables import OUTBOX
from chainfaas.provider.receipts.receipt_maker import ReceiptMaker, RunOutcome
from tests.unit.provider.provider_samples import (
    CONTROLLER,
    CONTROLLER_KEY,
    DOMAIN,
    NOW_MS,
    OPERATOR_KEY,
    PROVIDER,
    TERMS,
    new_job,
    sample_batch,
)

SAMPLE = sample_batch((b"one", b"two"))
JOBS = [job.assignment.job_id for job in SAMPLE.jobs]


@dataclass
class Office:
    """A claim loop, a controller that answers what it is told to, and the claims that were filed."""

    engine: Engine
    answers: list[SettlementsAnswer] = field(default_factory=list)
    asked: list[SettlementsRequest] = field(default_factory=list)
    wakes: int = 0
    fault: ChainFaaSError | None = None
    """What the next question is answered with."""

    def __post_init__(self) -> None:
        self.journal, self.notes = JobJournal(self.engine), ChainNotes(self.engine)
        self.outbox = SqlOutbox(self.engine, OUTBOX, takes_over=True)

    def settlements(self, request: SettlementsRequest) -> SettlementsAnswer:
        self.asked.append(request)
        if self.fault is not None:
            fault, self.fault = self.fault, None
            raise fault
        return self.answers.pop(0) if self.answers else SettlementsAnswer(waiting=request.jobs)

    def wake(self) -> None:
        self.wakes += 1

    def loop(self, period_seconds: float = 1.0, in_flight: int = 3) -> ClaimLoop:
        files = ClaimFiles(self.engine, self.journal, self.outbox, self.notes)
        ledger = MonitoringLedger(cast("Any", SimpleNamespace(provider=None)), Address(b"\x10" * 20))
        parties = ClaimParties(DOMAIN, PROVIDER, CONTROLLER, CONTROLLER_KEY.address)
        parts = ClaimParts(
            client=cast("ControllerClient", self),
            parties=lambda: parties,
            books=Books(self.journal.record, lambda _: TERMS),
            journal=self.journal,
            desk=ClaimDesk(files, ledger, OPERATOR_KEY.address, pass_by),
            wake_sender=self.wake,
            at_point=pass_by,
        )
        return ClaimLoop(parts, ClaimPace(HeadClock(period_seconds), 0.15, in_flight))

    def countersign_all(self) -> SignedSettlement:
        """Bring both jobs as far as they can be claimed, and sign for them."""
        maker, records = ReceiptMaker(OPERATOR_KEY, DOMAIN), []
        for job in SAMPLE.jobs:
            ended = maker.ended(job, RunOutcome(Status.SUCCEEDED, 0, b"out"), NOW_MS)
            record = Record(Status.SUCCEEDED, 1, ended.receipt_hash)
            self.journal.accept(new_job(job))
            self.journal.store_report(ended)
            signature = CONTROLLER_KEY.sign(DOMAIN.digest(ended.receipt_hash))
            self.journal.countersign(ended.job_id, signature, record, TokenAmount(1))
            records.append(record)
        part = Part(SAMPLE.batch, mask_of_indices((0, 1)), tuple(records))
        return SignedSettlement((part,), CONTROLLER_KEY.sign(DOMAIN.digest(hash_settlement([part]))))

    def end_entry(self, entry_id: int, change: Change) -> None:
        """Do what the sender does."""
        lease = self.outbox.acquire_lease(OPERATOR_KEY.address, "test", 30)
        nonce = self.outbox.next_nonce(OPERATOR_KEY.address)
        self.outbox.store_signed(
            lease, Attempt(entry_id, nonce, 0, b"raw", bytes((entry_id,)) * 32, 1, Fees(1, 1), 1)
        )
        self.outbox.advance(lease, entry_id, EntryState.SIGNED, change)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_journal(tmp_path) as engine:
        yield Office(engine)


def states(office: Office) -> set[JobState]:
    return {office.journal.record(job).state for job in JOBS}


def test_claim_once__nothing_countersigned__controller_not_asked(office: Office) -> None:
    assert office.loop().claim_once() is Step.NOTHING_DUE
    assert office.asked == []


def test_claim_once__controller_waits__asked_for_all_that_is_due(office: Office) -> None:
    office.countersign_all()
    assert office.loop().claim_once() is Step.WAITING
    assert office.asked == [SettlementsRequest(tuple(JOBS))]


def test_claim_once__settlement__filed_once_with_what_it_is_worth(office: Office) -> None:
    settlement = office.countersign_all()
    office.answers.append(SettlementsAnswer(settlement))
    loop = office.loop()
    assert loop.claim_once() is Step.FILED
    assert (states(office), office.wakes) == ({JobState.CLAIMED}, 1)
    (entry_id,) = office.journal.claims_under_way(CONTROLLER)
    gross = 2 * (10**12 + 64 * 1_000)
    assert office.outbox.entry(entry_id).request.dedupe_key.endswith(f":{gross}:0")
    assert loop.claim_once() is Step.NOTHING_DUE


def test_claim_once__as_many_under_way_as_may__waits(office: Office) -> None:
    settlement = office.countersign_all()
    with office.engine.begin() as connection:
        office.journal.claim_within(connection, JOBS[:1], 77)
    office.answers.append(SettlementsAnswer(settlement))
    on_demand = office.loop(period_seconds=0.0)
    office.outbox.entry = lambda _: SimpleNamespace(state=EntryState.SENT)  # type: ignore[assignment,method-assign,return-value]
    assert on_demand.claim_once() is Step.IN_FLIGHT
    assert office.loop(in_flight=2).claim_once() is Step.FILED


def test_claim_once__claim_refused_for_its_gross__filed_again_for_what_is_left(office: Office) -> None:
    settlement = office.countersign_all()
    office.answers += [SettlementsAnswer(settlement), SettlementsAnswer(settlement)]
    loop = office.loop()
    loop.claim_once()
    (first,) = office.journal.claims_under_way(CONTROLLER)
    office.end_entry(first, Change(EntryState.REFUSED, error="MonitoringLedger_GrossTooSmall(0, 5)"))
    assert loop.claim_once() is Step.FILED
    (second,) = office.journal.claims_under_way(CONTROLLER)
    assert second != first
    assert office.outbox.entry(second).request.dedupe_key.endswith(":1:0")


def test_claim_once__claim_refused_for_another_reason__filed_again_as_it_was(office: Office) -> None:
    settlement = office.countersign_all()
    office.answers += [SettlementsAnswer(settlement), SettlementsAnswer(settlement)]
    loop = office.loop()
    loop.claim_once()
    (first,) = office.journal.claims_under_way(CONTROLLER)
    office.end_entry(first, Change(EntryState.REVERTED, error="out of luck"))
    assert loop.claim_once() is Step.FILED
    (second,) = office.journal.claims_under_way(CONTROLLER)
    key, again = (office.outbox.entry(entry).request.dedupe_key for entry in (first, second))
    assert key.removesuffix(":0") == again.removesuffix(":1")


@pytest.mark.parametrize(("read_up_to", "released"), [(8, False), (9, False), (10, True)])
def test_claim_once__final_claim_that_left_jobs_out__released_once_its_block_was_read(
    office: Office, read_up_to: int, released: bool
) -> None:
    settlement = office.countersign_all()
    office.answers.append(SettlementsAnswer(settlement))
    loop = office.loop()
    loop.claim_once()
    (entry,) = office.journal.claims_under_way(CONTROLLER)
    inclusion = Inclusion(bytes((entry,)) * 32, 9, b"\x09" * 32, succeeded=True, gas_used=1)
    office.end_entry(entry, Change(EntryState.FINAL, inclusion))
    office.notes.advance(BlockPlace(read_up_to, bytes(32)))
    loop.claim_once()
    assert (JobState.COUNTERSIGNED in states(office)) is released


def test_run__told_to_stop__ends(office: Office) -> None:
    loop, stop = office.loop(), threading.Event()
    thread = threading.Thread(target=loop.run, args=(stop,), daemon=True)
    thread.start()
    stop.set()
    loop.wake()
    thread.join(5)
    assert not thread.is_alive()


def test_run__new_head__asks_in_its_turn(office: Office) -> None:
    office.countersign_all()
    loop, stop = office.loop(period_seconds=0.4), threading.Event()
    thread = threading.Thread(target=loop.run, args=(stop,), daemon=True)
    answer = office.settlements

    def answer_and_stop(request: SettlementsRequest) -> SettlementsAnswer:
        stop.set()
        return answer(request)

    office.settlements = answer_and_stop  # type: ignore[method-assign]
    thread.start()
    loop._pace.clock.observe(BlockHeader(1, b"\x01" * 32, bytes(32), 0))
    thread.join(5)
    assert office.asked == [SettlementsRequest(tuple(JOBS))]


def test_run__fault_then_counter_signature__asked_again_before_the_pause_is_over(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claim_loop, "FIRST_FAULT_SECONDS", 3_600.0)
    settlement, stop, loop = office.countersign_all(), threading.Event(), office.loop(period_seconds=0)
    office.fault = ControllerUnreachableError("It is starting again.")
    office.answers.append(SettlementsAnswer(settlement))
    thread = threading.Thread(target=loop.run, args=(stop,), daemon=True)
    thread.start()
    end = time.monotonic() + 10
    assert wait_until(lambda: len(office.asked) == 1, end)
    loop.wake()
    assert wait_until(lambda: states(office) == {JobState.CLAIMED}, end)
    stop.set()
    loop.wake()
    thread.join(10)
    assert not thread.is_alive()
