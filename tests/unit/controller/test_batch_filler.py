from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from chainfaas.controller.ledger_writer.batch_filler import BatchFiller, FillingRules, WantedPlace
from chainfaas.controller.ledger_writer.batch_numbers import BatchNumbers
from chainfaas.controller.storage.states import Lane
from chainfaas.domain.amounts import BaseFee, Price
from chainfaas.domain.identifiers import (
    MAX_BATCH_JOBS,
    BatchId,
    ControllerId,
    JobId,
    ProviderId,
    compose_batch_id,
)
from chainfaas.domain.prices import Offer
from chainfaas.domain.windows import DEV_WINDOWS

LEASE_SECONDS = 10.0
OFFER, OTHER = Offer(BaseFee(1), Price(1)), Offer(BaseFee(2), Price(1))
NOW_MS = 1_800_000_000_000


@dataclass
class Counted:
    """Batch numbers without a database."""

    next_sequence: int = 1
    given: list[BatchId] = field(default_factory=list)

    def take(self) -> BatchId:
        number = compose_batch_id(ControllerId(1), self.next_sequence)
        self.next_sequence += 1
        self.given.append(number)
        return number


def filler(*, on_demand: bool = False, to_next: float | None = None) -> BatchFiller:
    rules = FillingRules(DEV_WINDOWS, LEASE_SECONDS, on_demand, lambda: to_next)
    return BatchFiller(cast("BatchNumbers", Counted()), rules)


def wanted(provider: int = 1, offer: Offer = OFFER, lane: Lane = Lane.FAST, ms: int = 2_000) -> WantedPlace:
    return WantedPlace(ProviderId(provider), offer, lane, ms)


def test_join__same_provider_and_lane__same_batch_in_order() -> None:
    batches = filler()
    places = [batches.join(wanted(), NOW_MS + number) for number in range(3)]
    assert [place.job_id & 63 for place in places] == [0, 1, 2]
    assert [place.is_first for place in places] == [True, False, False]
    assert batches.take_closed() == []


def test_join__other_provider_lane_or_offer__another_batch() -> None:
    batches = filler()
    first = batches.join(wanted(), NOW_MS)
    others = [
        batches.join(each, NOW_MS) for each in (wanted(2), wanted(lane=Lane.OPENED), wanted(offer=OTHER))
    ]
    assert len({first.batch.batch_id, *(place.batch.batch_id for place in others)}) == 4
    assert batches.take_closed() == [first.batch.batch_id]


def test_join__forty_eight__closed_and_the_next_begins() -> None:
    batches = filler()
    places = [batches.join(wanted(), NOW_MS) for _ in range(MAX_BATCH_JOBS + 1)]
    assert batches.take_closed() == [places[0].batch.batch_id]
    assert places[-1].is_first


def test_join__would_end_after_the_deadline__another_batch() -> None:
    batches = filler()
    first = batches.join(wanted(), NOW_MS)
    late_ms = (first.batch.deadline - 11) * 1_000
    assert not batches.join(wanted(), late_ms - 2_000).is_first
    assert batches.join(wanted(), late_ms).is_first


def test_close_before__a_block_passed__closed() -> None:
    batches = filler()
    batches.join(wanted(), NOW_MS)
    batches.close_before(NOW_MS)
    assert batches.take_closed() == []
    batches.close_before(NOW_MS + 1)
    assert len(batches.take_closed()) == 1


def test_join__shortly_before_a_block__another_batch_on_the_fast_path_alone() -> None:
    batches = filler(to_next=0.1)
    first = batches.join(wanted(), NOW_MS)
    opened = batches.join(wanted(lane=Lane.OPENED), NOW_MS)
    assert not batches.join(wanted(), NOW_MS + 150).is_first
    assert batches.join(wanted(), NOW_MS + 151).is_first
    assert batches.join(wanted(lane=Lane.OPENED), NOW_MS + 151).batch.batch_id == opened.batch.batch_id
    assert batches.take_closed() == [first.batch.batch_id]


def test_close_before__begun_for_the_next_block__left() -> None:
    batches = filler(to_next=1.0)
    batches.join(wanted(), NOW_MS)
    opened = batches.join(wanted(lane=Lane.OPENED), NOW_MS)
    batches.close_before(NOW_MS + 250)
    assert batches.take_closed() == [opened.batch.batch_id]
    batches.close_before(NOW_MS + 251)
    assert len(batches.take_closed()) == 1


def test_close_for_claim__jobs_of_the_fast_path__closed_once_none_runs() -> None:
    batches = filler()
    job = batches.join(wanted(), NOW_MS).job_id
    batches.job_ended(batches.join(wanted(lane=Lane.OPENED), NOW_MS).job_id)
    batches.close_for_claim(ProviderId(1))
    assert batches.take_closed() == []
    batches.job_ended(job)
    batches.close_for_claim(ProviderId(2))
    assert batches.take_closed() == []
    batches.close_for_claim(ProviderId(1))
    assert not batches.has_to_open
    assert batches.take_closed() == [BatchId(job >> 6)]


def test_job_ended__sealing_on_demand__closed_when_none_runs() -> None:
    batches = filler(on_demand=True)
    jobs = [batches.join(wanted(), NOW_MS).job_id for _ in range(2)]
    batches.close_before(NOW_MS + 1)
    batches.job_ended(jobs[0])
    assert batches.take_closed() == []
    batches.job_ended(jobs[1])
    assert len(batches.take_closed()) == 1


steps = st.lists(
    st.tuples(
        st.sampled_from(["join", "end", "block", "age"]),
        st.integers(1, 2),
        st.sampled_from([OFFER, OTHER]),
        st.sampled_from(Lane),
        st.integers(1_000, 100_000),
        st.integers(0, 5_000),
    ),
    max_size=120,
)


@given(steps, st.booleans())
def test_filler__any_steps__places_are_unique_and_batches_keep_the_rules(
    taken: list[tuple[str, int, Offer, Lane, int, int]], on_demand: bool
) -> None:
    batches, now_ms = filler(on_demand=on_demand), NOW_MS
    jobs: list[JobId] = []
    closed: list[BatchId] = []
    for step, provider, offer, lane, timeout_ms, passed_ms in taken:
        now_ms += passed_ms
        if step == "join":
            place = batches.join(wanted(provider, offer, lane, timeout_ms), now_ms)
            row = place.batch
            assert row.batch_id not in closed
            assert place.job_id not in jobs
            assert (row.provider_id, row.lane, Offer(row.base_fee, row.price)) == (provider, lane, offer)
            # It ends with a lease to spare before the deadline, and the chain takes the deadline now.
            assert now_ms + timeout_ms + LEASE_SECONDS * 1_000 <= row.deadline * 1_000 + 999
            assert row.deadline <= now_ms / 1_000 + DEV_WINDOWS.job_life_seconds
            jobs.append(place.job_id)
        elif step == "end" and jobs:
            batches.job_ended(jobs[passed_ms % len(jobs)])
        elif step == "block":
            batches.close_before(now_ms)
        else:
            batches.close_older_than(now_ms - 2_000)
        closed += batches.take_closed()
    assert len(closed) == len(set(closed))
