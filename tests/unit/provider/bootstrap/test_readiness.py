from __future__ import annotations

import pytest

from chainfaas.chain.headers import BlockHeader
from chainfaas.provider.bootstrap.readiness import GIB, check_clock, check_disk, check_memory

NOW = 1_800_000_000


def head(timestamp: int) -> BlockHeader:
    return BlockHeader(9, b"\x01" * 32, b"\x02" * 32, timestamp, 0)


@pytest.mark.parametrize(
    ("head_at", "period_seconds", "holds"),
    [
        (NOW, 1.0, True),
        (NOW - 10, 1.0, True),
        (NOW - 11, 1.0, False),
        (NOW + 5, 1.0, True),
        (NOW + 6, 1.0, False),
        (NOW - 10**6, 0.0, True),
        (NOW + 6, 0.0, False),
    ],
)
def test_check_clock__head_of_some_age__within_seconds(
    head_at: int, period_seconds: float, holds: bool
) -> None:
    check = check_clock(head(head_at), NOW, period_seconds)
    assert check.holds is holds
    assert bool(check.remedy) is not holds


@pytest.mark.parametrize(("free_bytes", "holds"), [(5 * GIB, True), (5 * GIB - 1, False), (0, False)])
def test_check_disk__free_bytes__five_gib_at_least(free_bytes: int, holds: bool) -> None:
    assert check_disk(free_bytes).holds is holds


@pytest.mark.parametrize(
    ("available", "wanted", "holds"),
    [(100, 100, True), (100, 101, False), (100, None, True), (None, 10**6, True)],
)
def test_check_memory__available__as_much_as_jobs_may_take(
    available: int | None, wanted: int | None, holds: bool
) -> None:
    assert check_memory(available, wanted).holds is holds
