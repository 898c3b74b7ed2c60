"""What a job costs and who gets it: products, minima and two floored divisions, equal to the contracts'."""

from __future__ import annotations

from dataclasses import dataclass

from chainfaas.domain.amounts import (
    BaseFee,
    MaxCost,
    Price,
    TokenAmount,
    amount_of_max_cost,
    base_fee,
    max_cost,
    price,
)
from chainfaas.domain.encodings import check_unsigned
from chainfaas.domain.errors import InvalidAmountError, InvalidEncodingError
from chainfaas.domain.outcomes import Status

BASIS_POINTS = 10_000
NANOSECONDS_PER_MS = 1_000_000


@dataclass(frozen=True, slots=True)
class Offer:
    """What a provider asks for."""

    base_fee: BaseFee
    price: Price

    def __post_init__(self) -> None:
        """Refuse what does not fit its field."""
        base_fee(self.base_fee)
        price(self.price)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a function version allows one job to use, fixed when it is published."""

    max_cost: MaxCost
    memory_mib: int
    """u16, from 1."""
    timeout_ms: int
    """u32, from 1."""

    def __post_init__(self) -> None:
        """Refuse what does not fit its field."""
        max_cost(self.max_cost)
        check_unsigned("The memory in MiB", self.memory_mib, 16, least=1)
        check_unsigned("The time-out in ms", self.timeout_ms, 32, least=1)


@dataclass(frozen=True, slots=True)
class Split:
    """Where the gross amount of one claim goes; the three shares add up to it exactly."""

    provider: TokenAmount
    controller: TokenAmount
    sealer: TokenAmount

    @property
    def commission(self) -> TokenAmount:
        """The controller's and the sealer's shares together."""
        return TokenAmount(self.controller + self.sealer)

    @property
    def gross(self) -> TokenAmount:
        """All three shares together."""
        return TokenAmount(self.provider + self.controller + self.sealer)


def reserved_cost(terms: Terms, offer: Offer) -> TokenAmount:
    """Return what is reserved for a job before it runs, in base units: the most that it can cost."""
    full = offer.base_fee + terms.timeout_ms * terms.memory_mib * offer.price
    return TokenAmount(min(amount_of_max_cost(terms.max_cost), full))


def job_cost(terms: Terms, offer: Offer, status: Status, billed_ms: int) -> TokenAmount:
    """Return what a job that ended costs, in base units; never more than `reserved_cost`.

    Args:
        terms: The version's.
        offer: The provider's, as the batch's header has it.
        status: How the job ended; 7 to 9 cost nothing.
        billed_ms: The record's time, from `billed_time_ms`.
    """
    if not status.is_paid:
        return TokenAmount(0)
    used = offer.base_fee + billed_ms * terms.memory_mib * offer.price
    return TokenAmount(min(reserved_cost(terms, offer), used))


def whole_ms(duration_ns: int) -> int:
    """Return a duration in nanoseconds as milliseconds, rounded up.

    Raises:
        InvalidEncodingError: it is negative or does not fit 32 bits of milliseconds.
    """
    milliseconds = -(-duration_ns // NANOSECONDS_PER_MS)
    if duration_ns < 0 or milliseconds >> 32:
        raise InvalidEncodingError(
            f"The duration of {duration_ns} ns is negative or longer than 32 bits of ms."
        )
    return milliseconds


def billed_time_ms(run_ms: int, bracket_ms: int, timeout_ms: int) -> int:
    """Return the time that is charged: the least of three, and at least 1 ms.

    Args:
        run_ms: The provider's own measure, as its receipt states it.
        bracket_ms: From the controller's handing out the job to its taking the report, rounded up.
        timeout_ms: The version's time-out.
    """
    return max(1, min(run_ms, bracket_ms, timeout_ms))


def split_gross(gross: TokenAmount, commission_bps: int) -> Split:
    """Divide the sum of a claim's costs; the commission is floored once, the odd base unit is the sealer's.

    Args:
        gross: Sum of the jobs' costs in one claim, in base units.
        commission_bps: Commission in basis points, at most 10,000.

    Raises:
        InvalidAmountError: the commission is outside 0 to 10,000.
    """
    if not 0 <= commission_bps <= BASIS_POINTS:
        raise InvalidAmountError(
            f"A commission of {commission_bps} basis points is not from 0 to {BASIS_POINTS}."
        )
    commission = gross * commission_bps // BASIS_POINTS
    controller = commission // 2
    return Split(
        provider=TokenAmount(gross - commission),
        controller=TokenAmount(controller),
        sealer=TokenAmount(commission - controller),
    )
