"""Money in integers: base units of an 18-decimal token, and the narrower fields that the contracts store.

==============  =====  ==========================  ===============================
field           width  counts                      used for
==============  =====  ==========================  ===============================
token amount    u96    base units                  sums, costs, balances
base fee        u64    base units                  a provider's price of any job
price           u48    base units per MiB and ms   a provider's price of running
max cost        u48    10^9 base units             a version's cap on one job
job cap         u32    10^12 base units            an escrow's cap on one job
==============  =====  ==========================  ===============================
"""

from __future__ import annotations

import re
from typing import NewType

from chainfaas.domain.encodings import check_unsigned, parse_decimal
from chainfaas.domain.errors import InvalidAmountError

TokenAmount = NewType("TokenAmount", int)
"""Base units, u96."""
BaseFee = NewType("BaseFee", int)
"""Base units a job, u64."""
Price = NewType("Price", int)
"""Base units per MiB and millisecond, u48."""
MaxCost = NewType("MaxCost", int)
"""10^9 base units, u48."""
JobCap = NewType("JobCap", int)
"""10^12 base units, u32."""

TOKEN_DECIMALS = 18
TOKEN = TokenAmount(10**TOKEN_DECIMALS)
"""One whole token."""
MAX_COST_UNIT = 10**9
JOB_CAP_UNIT = 10**12

AMOUNT_BITS = 96
BASE_FEE_BITS = 64
PRICE_BITS = 48
MAX_COST_BITS = 48
JOB_CAP_BITS = 32

_TOKENS = re.compile(r"(0|[1-9][0-9]{0,11})(?:\.([0-9]{1,18}))?", re.ASCII)


def token_amount(base_units: int | str) -> TokenAmount:
    """Return a count of base units, given as integer or as decimal string, as an amount.

    Raises:
        InvalidAmountError: it is negative, malformed or needs more than 96 bits.
    """
    return TokenAmount(_field("The amount", base_units, AMOUNT_BITS))


def base_fee(base_units: int | str) -> BaseFee:
    """Return a count of base units as a base fee.

    Raises:
        InvalidAmountError: it is negative, malformed or needs more than 64 bits.
    """
    return BaseFee(_field("The base fee", base_units, BASE_FEE_BITS))


def price(base_units_per_mib_ms: int | str) -> Price:
    """Return base units per MiB and millisecond as a price.

    Raises:
        InvalidAmountError: it is negative, malformed or needs more than 48 bits.
    """
    return Price(_field("The price", base_units_per_mib_ms, PRICE_BITS))


def max_cost(units: int | str) -> MaxCost:
    """Return a count of 10^9 base units as a version's cost cap.

    Raises:
        InvalidAmountError: it is negative, malformed or needs more than 48 bits.
    """
    return MaxCost(_field("The cost cap", units, MAX_COST_BITS))


def job_cap(units: int | str) -> JobCap:
    """Return a count of 10^12 base units as an escrow's cap on one job.

    Raises:
        InvalidAmountError: it is negative, malformed or needs more than 32 bits.
    """
    return JobCap(_field("The job cap", units, JOB_CAP_BITS))


def parse_tokens(text: str) -> TokenAmount:
    """Read whole tokens with up to 18 decimals, such as ``"1.25"``, exactly.

    Raises:
        InvalidAmountError: a sign, an exponent, a separator, a bare point, leading zeros, more decimals than
            the token has, or more than 96 bits.
    """
    match = _TOKENS.fullmatch(text)
    if match is None:
        raise InvalidAmountError(
            f"{text[:40]!r} is not an amount of tokens.",
            remedy="Write digits, a point and at most 18 decimals, such as 1.25.",
        )
    decimals = (match[2] or "").ljust(TOKEN_DECIMALS, "0")
    return token_amount(int(match[1] + decimals))


def format_tokens(amount: int) -> str:
    """Return base units as whole tokens in the shortest exact decimals; below zero with a minus sign."""
    whole, rest = divmod(abs(amount), TOKEN)
    decimals = f"{rest:018d}".rstrip("0")
    return ("-" if amount < 0 else "") + (f"{whole}.{decimals}" if decimals else str(whole))


def amount_of_max_cost(cap: MaxCost) -> TokenAmount:
    """Return a version's cost cap in base units."""
    return TokenAmount(cap * MAX_COST_UNIT)


def amount_of_job_cap(cap: JobCap) -> TokenAmount:
    """Return an escrow's job cap in base units."""
    return TokenAmount(cap * JOB_CAP_UNIT)


def max_cost_of_amount(amount: TokenAmount) -> MaxCost:
    """Return an amount as a version's cost cap.

    Raises:
        InvalidAmountError: it is no multiple of 10^9 base units, or too large for the field.
    """
    return max_cost(_whole_units("cost cap", amount, MAX_COST_UNIT))


def job_cap_of_amount(amount: TokenAmount) -> JobCap:
    """Return an amount as an escrow's job cap.

    Raises:
        InvalidAmountError: it is no multiple of 10^12 base units, or too large for the field.
    """
    return job_cap(_whole_units("job cap", amount, JOB_CAP_UNIT))


def _field(name: str, value: int | str, bits: int) -> int:
    if isinstance(value, str):
        return parse_decimal(value, bits, name=name, error=InvalidAmountError)
    check_unsigned(name, value, bits, error=InvalidAmountError)
    return value


def _whole_units(name: str, amount: TokenAmount, unit: int) -> int:
    units, rest = divmod(amount, unit)
    if rest:
        raise InvalidAmountError(
            f"{format_tokens(amount)} tokens cannot be a {name}, which steps by {format_tokens(unit)}.",
            remedy=f"Give a multiple of {format_tokens(unit)} tokens.",
        )
    return units
