"""Whether a measured transaction did to its jobs what it is measured for, told from its events.

A job that was skipped, or that nobody could pay, takes less gas than one that was paid: a figure with such a
job in it would be better than what it is the figure of.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chainfaas.chain.event_decoder import ChainEvent
from chainfaas.domain.amounts import TokenAmount
from chainfaas.domain.batches import Batch
from chainfaas.domain.errors import InternalError
from chainfaas.domain.masks import indices_of_mask
from examples.scripts.event_fields import number, the_event


def check_opened(events: Sequence[ChainEvent], batches: Sequence[Batch], unit: TokenAmount) -> None:
    """Make sure that all jobs of some batches were opened.

    Args:
        events: What the contracts said in the transaction.
        batches: What was to be opened.
        unit: What each job must have had reserved.

    Raises:
        InternalError: A job was not opened, was opened twice, or at another amount.
    """
    _check_jobs(events, "JobOpened", "reserved", dict.fromkeys(_jobs_of(batches), unit))


def check_paid(
    events: Sequence[ChainEvent], ending: str, batches: Sequence[Batch], cost: TokenAmount
) -> None:
    """Make sure that all jobs of some batches were paid.

    Args:
        events: What the contracts said in the transaction.
        ending: The event that each job must have: ``JobSettled``, or ``JobRecorded`` on the fast path.
        batches: What was to be paid.
        cost: What each job must have cost.

    Raises:
        InternalError: A job was not paid, was paid twice or another amount, or the gross is not their sum.
    """
    jobs = dict.fromkeys(_jobs_of(batches), cost)
    _check_jobs(events, ending, "cost", jobs)
    gross = number(the_event(events, "Paid"), "gross")
    if gross != sum(jobs.values()):
        raise InternalError(f"{len(jobs)} jobs of {cost} base units were paid {gross} in all.")


def _jobs_of(batches: Sequence[Batch]) -> Iterable[int]:
    return (batch.job_id(index) for batch in batches for index in indices_of_mask(batch.occupied))


def _check_jobs(events: Iterable[ChainEvent], name: str, amount: str, wanted: dict[int, TokenAmount]) -> None:
    told = [(number(event, "jobId"), number(event, amount)) for event in events if event.name == name]
    if sorted(told) != sorted(wanted.items()):
        having, right = {job for job, _ in told} & wanted.keys(), set(told) & set(wanted.items())
        raise InternalError(
            f"Of {len(wanted)} jobs {len(having)} have the event {name}, {len(right)} of them with the right "
            f"{amount}; {len(told)} such events came."
        )
