from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, localcontext

import pytest
from hypothesis import given

from chainfaas.domain.amounts import (
    JobCap,
    MaxCost,
    TokenAmount,
    amount_of_job_cap,
    amount_of_max_cost,
    base_fee,
    format_tokens,
    job_cap,
    job_cap_of_amount,
    max_cost,
    max_cost_of_amount,
    parse_tokens,
    price,
    token_amount,
)
from chainfaas.domain.errors import InvalidAmountError
from tests.unit.domain import strategies as some


@given(some.unsigned(96))
def test_format_tokens__any_amount__exact_and_comes_back(base_units: int) -> None:
    text = format_tokens(base_units)
    assert parse_tokens(text) == base_units
    with localcontext(prec=60):
        assert Decimal(text) * 10**18 == base_units
    assert text == "0" or "." not in text or not text.endswith("0")


@pytest.mark.parametrize(
    ("text", "base_units"),
    [
        ("0", 0),
        ("1", 10**18),
        ("1.25", 1_250_000_000_000_000_000),
        ("1.250", 1_250_000_000_000_000_000),
        ("0.000000000000000001", 1),
        ("79228162514.264337593543950335", 2**96 - 1),
    ],
)
def test_parse_tokens__decimal__exact(text: str, base_units: int) -> None:
    assert parse_tokens(text) == base_units


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "1.",
        ".5",
        "01",
        "+1",
        "-1",
        "1e18",
        "1,000",
        "1 ",
        "1\n",
        "0x1",
        "NaN",
        "0.0000000000000000001",
        "79228162514.264337593543950336",
        "9" * 13,
        "\u0661",
    ],
)
def test_parse_tokens__another_form_or_too_much__refused(text: str) -> None:
    with pytest.raises(InvalidAmountError):
        parse_tokens(text)


def test_format_tokens__below_zero__minus_sign() -> None:
    assert format_tokens(-1_500_000_000_000_000_000) == "-1.5"


@pytest.mark.parametrize(
    ("field", "bits"), [(token_amount, 96), (base_fee, 64), (price, 48), (max_cost, 48), (job_cap, 32)]
)
def test_field__at_and_beyond_its_width__taken_and_refused(
    field: Callable[[int | str], int], bits: int
) -> None:
    most = (1 << bits) - 1
    for value in (0, most):
        assert field(value) == field(str(value)) == value
    for value in (-1, most + 1):
        with pytest.raises(InvalidAmountError):
            field(value)
        with pytest.raises(InvalidAmountError):
            field(str(value))


@given(some.unsigned(48).map(MaxCost), some.unsigned(32).map(JobCap))
def test_caps__to_amounts_and_back__the_same(cost: MaxCost, cap: JobCap) -> None:
    assert max_cost_of_amount(amount_of_max_cost(cost)) == cost
    assert job_cap_of_amount(amount_of_job_cap(cap)) == cap


@pytest.mark.parametrize(
    ("convert", "amount"),
    [
        (max_cost_of_amount, 10**9 + 1),
        (max_cost_of_amount, 1),
        (max_cost_of_amount, 2**48 * 10**9),
        (job_cap_of_amount, 10**12 - 1),
        (job_cap_of_amount, 2**32 * 10**12),
    ],
)
def test_caps__inexact_or_too_large__refused(convert: Callable[[TokenAmount], int], amount: int) -> None:
    with pytest.raises(InvalidAmountError):
        convert(TokenAmount(amount))


def test_max_cost_of_amount__inexact__says_the_step() -> None:
    with pytest.raises(InvalidAmountError, match=r"multiple of 0\.000000001 tokens"):
        max_cost_of_amount(TokenAmount(1))
