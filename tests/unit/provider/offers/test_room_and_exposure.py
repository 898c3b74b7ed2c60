from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chainfaas.domain.amounts import TokenAmount
from chainfaas.domain.identifiers import ControllerId, JobId
from chainfaas.domain.wire.polls import Capacity
from chainfaas.provider.offers.exposure import Exposure
from chainfaas.provider.offers.room import JobSize, Room

TOTAL = Capacity(memory_mib=256, cpu_millis=2_000, jobs=3)
sizes = st.builds(JobSize, memory_mib=st.integers(1, 200), cpu_millis=st.integers(1, 1_500))
ONE, TWO = ControllerId(1), ControllerId(2)


@given(wanted=st.lists(sizes, max_size=8))
def test_room__whatever_is_taken__never_below_zero_and_whole_again(wanted: list[JobSize]) -> None:
    room = Room(TOTAL)
    taken = {JobId(job): size for job, size in enumerate(wanted) if room.take(JobId(job), size)}
    free = room.free
    assert min(free.memory_mib, free.cpu_millis, free.jobs) >= 0
    assert free.memory_mib == TOTAL.memory_mib - sum(size.memory_mib for size in taken.values())
    for job in taken:
        room.give_back(job)
    assert room.free == TOTAL


@given(wanted=st.lists(sizes, max_size=8), ended=st.sets(st.integers(0, 7)))
def test_free_beside__jobs_of_which_some_have_ended__as_if_none_had(
    wanted: list[JobSize], ended: set[int]
) -> None:
    room = Room(TOTAL)
    taken = {JobId(job): size for job, size in enumerate(wanted) if room.take(JobId(job), size)}
    needed, before = {job: size.memory_mib for job, size in taken.items()}, room.free
    for job in taken.keys() & ended:
        room.give_back(JobId(job))
    beside = room.free_beside(needed)
    assert (beside.memory_mib, beside.jobs) == (before.memory_mib, before.jobs)
    assert room.free_beside({JobId(9): 1_000}).memory_mib == 0


def test_take__one_thing_too_little__nothing_taken() -> None:
    room = Room(TOTAL)
    assert not room.take(JobId(1), JobSize(257, 1))
    assert not room.take(JobId(1), JobSize(1, 2_001))
    assert room.free == TOTAL


def test_promise__above_the_limit__refused_for_that_controller_alone() -> None:
    exposure = Exposure(lambda: {ONE: TokenAmount(60)}, TokenAmount(100))
    assert exposure.promise(JobId(1), ONE, TokenAmount(40))
    assert not exposure.promise(JobId(2), ONE, TokenAmount(1))
    assert exposure.promise(JobId(3), TWO, TokenAmount(100))
    assert (exposure.owed(ONE), exposure.owed(TWO)) == (100, 100)


def test_refresh__promise_on_its_way_into_the_journal__counted_once() -> None:
    owed: dict[ControllerId, TokenAmount] = {}
    exposure = Exposure(lambda: owed, TokenAmount(100))
    assert exposure.promise(JobId(1), ONE, TokenAmount(40))
    exposure.refresh()
    assert exposure.owed(ONE) == 40
    exposure.store(JobId(1))
    exposure.withdraw(JobId(1))
    assert exposure.owed(ONE) == 40
    owed[ONE] = TokenAmount(5)
    exposure.refresh()
    assert exposure.owed(ONE) == 5
    owed.clear()
    exposure.refresh()
    assert exposure.owed(ONE) == 0
