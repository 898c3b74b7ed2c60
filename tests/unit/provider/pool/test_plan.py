from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from chainfaas.domain.identifiers import VersionId
from chainfaas.provider.pool.plan import Spare, Stand, next_discard, next_start

FIRST, SECOND = VersionId(1), VersionId(2)
STANDS = st.dictionaries(
    st.integers(1, 5).map(VersionId),
    st.builds(Stand, st.integers(0, 6), st.integers(0, 6), st.sampled_from([32, 64, 128]), st.booleans()),
    max_size=5,
)
SPARES = st.builds(Spare, st.integers(0, 8), st.integers(-64, 1_024))


def changed(stands: dict[VersionId, Stand], version: VersionId, by: int) -> dict[VersionId, Stand]:
    return stands | {version: replace(stands[version], ready=stands[version].ready + by)}


@given(stands=STANDS, spare=SPARES)
def test_plan__any_state__comes_to_rest_within_its_bounds(
    stands: dict[VersionId, Stand], spare: Spare
) -> None:
    steps = 0
    while (version := next_discard(stands, spare)) is not None:
        stands = changed(stands, version, -1)
        steps += 1
    while (version := next_start(stands, spare)) is not None:
        stands = changed(stands, version, 1)
        steps += 1
        # What was started is never thrown away at once.
        assert next_discard(stands, spare) is None
    assert steps <= 60
    assert sum(each.ready for each in stands.values()) <= max(0, spare.sandboxes)
    assert sum(each.ready * each.memory_mib for each in stands.values()) <= max(0, spare.memory_mib)
    assert all(each.ready <= each.wanted for each in stands.values())


@given(stands=STANDS, spare=SPARES)
def test_next_start__what_may_not_be_started_ahead__is_not(
    stands: dict[VersionId, Stand], spare: Spare
) -> None:
    version = next_start(stands, spare)
    assert version is None or stands[version].may_prestart


def test_next_start__two_versions_want__the_one_that_lacks_more() -> None:
    stands = {FIRST: Stand(2, 4, 32, may_prestart=True), SECOND: Stand(0, 1, 32, may_prestart=True)}
    assert next_start(stands, Spare(4, 1_000)) == SECOND


def test_next_discard__a_job_took_the_memory__the_largest_goes() -> None:
    stands = {FIRST: Stand(2, 2, 32, may_prestart=True), SECOND: Stand(1, 1, 128, may_prestart=True)}
    assert next_discard(stands, Spare(8, 190)) == SECOND
    assert next_discard(stands, Spare(8, 192)) is None
