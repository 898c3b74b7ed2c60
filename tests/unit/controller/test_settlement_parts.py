"""Which jobs of a batch a settlement closes: those that ended, and once it was opened, those still open."""

from __future__ import annotations

import pytest

from chainfaas.domain.batches import Part
from chainfaas.domain.identifiers import JobId
from tests.fake_provider import FakeProvider
from tests.unit.controller.small_controller import SmallController

LONG = 2
"""A version whose time-out is above what the fast path takes."""


@pytest.fixture
def provider(controller: SmallController) -> FakeProvider:
    """A provider that has four jobs of one batch, and reported the first three."""
    controller.publish(LONG, name="long", timeout_ms=60_000)
    made = controller.provider()
    made.poll()
    for _ in range(4):
        assert controller.invoke(b"", "long", Prefer="respond-async").status == 202
    while len(made.running) < 4:
        made.poll(1_000)
    for job in sorted(made.running)[:3]:
        assert made.report(job).is_taken
    controller.ledger.on_block()
    controller.clock.ahead_seconds += 3
    controller.ledger.step()
    return made


def jobs_of(provider: FakeProvider) -> list[JobId]:
    return sorted([*provider.reported, *provider.running])


def part_of(provider: FakeProvider) -> Part | None:
    settlement = provider.settlements(*jobs_of(provider)).settlement
    return None if settlement is None else settlement.parts[0]


@pytest.mark.parametrize(
    ("states", "mask"),
    [
        (("open", "open", "open", "open"), 0b0111),
        (("settled", "open", "open", "open"), 0b0110),
        (("open", "declined", "open", "open"), 0b0101),
        (("unfunded", "open", "settled", "open"), 0b0010),
        (("unfunded", "settled", "open", "expired"), 0b0100),
    ],
)
def test_settlements__batch_was_opened__jobs_that_are_open_and_have_ended(
    controller: SmallController, provider: FakeProvider, states: tuple[str, ...], mask: int
) -> None:
    jobs = jobs_of(provider)
    controller.index.show_batch(dict(zip(jobs, states, strict=True)))
    part = part_of(provider)
    assert part is not None
    assert part.mask == mask
    chosen = [job for index, job in enumerate(jobs) if mask >> index & 1]
    assert list(part.records) == [provider.records[job] for job in chosen]


def test_settlements__nothing_open_has_ended__nothing_signed(
    controller: SmallController, provider: FakeProvider
) -> None:
    jobs = jobs_of(provider)
    controller.index.show_batch(dict(zip(jobs, ("settled", "settled", "expired", "open"), strict=True)))
    answer = provider.settlements(*jobs)
    assert (answer.settlement, answer.waiting, answer.settled) == (None, (), tuple(jobs[:3]))


def test_settlements__not_on_the_chain_and_one_still_runs__nothing_signed(
    controller: SmallController, provider: FakeProvider
) -> None:
    assert part_of(provider) is None
    assert provider.report(jobs_of(provider)[3]).is_taken
    controller.ledger.step()
    part = part_of(provider)
    assert part is not None
    assert part.mask == 0b1111
