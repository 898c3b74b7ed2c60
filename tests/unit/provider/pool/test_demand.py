from __future__ import annotations

from chainfaas.domain.identifiers import VersionId
from chainfaas.provider.pool.demand import MEMORY_SECONDS, Demand

VERSION, OTHER = VersionId(1), VersionId(2)


def test_wanted__no_calls__nothing() -> None:
    assert Demand().wanted(5.0) == {}


def test_wanted__several_seconds__what_the_busiest_took() -> None:
    demand = Demand()
    for at_seconds in (1.0, 2.0, 2.5, 2.9, 4.0):
        demand.take(VERSION, at_seconds)
    demand.take(OTHER, 4.0)
    assert demand.wanted(5.0) == {VERSION: 3, OTHER: 1}


def test_wanted__each_call_gives_its_sandbox_back__one() -> None:
    demand = Demand()
    for call in range(100):
        demand.take(VERSION, call / 40)
        demand.give_back(VERSION, call / 40)
    assert demand.wanted(3.0) == {VERSION: 1}


def test_wanted__back_in_another_second__does_not_count_below_nothing() -> None:
    demand = Demand()
    demand.take(VERSION, 1.0)
    demand.give_back(VERSION, 2.0)
    demand.take(VERSION, 2.1)
    demand.take(VERSION, 2.2)
    assert demand.wanted(3.0) == {VERSION: 2}


def test_wanted__long_ago__forgotten() -> None:
    demand = Demand()
    demand.take(VERSION, 1.0)
    demand.take(VERSION, 1.1)
    demand.take(VERSION, 10.0)
    assert demand.wanted(MEMORY_SECONDS + 1.0) == {VERSION: 1}
    assert demand.wanted(MEMORY_SECONDS + 10.0) == {}
