from __future__ import annotations

from collections.abc import Callable

import pytest
from eth_utils.address import to_checksum_address
from hypothesis import given
from hypothesis import strategies as st

from chainfaas.domain.errors import InvalidIdentifierError
from chainfaas.domain.identifiers import (
    MAX_CHAIN_ID,
    Address,
    BatchId,
    ControllerId,
    InvocationId,
    batch_id,
    chain_id,
    compose_batch_id,
    compose_job_id,
    controller_id,
    decompose_batch_id,
    decompose_job_id,
    format_function_id,
    function_id,
    job_id,
    provider_id,
    version_id,
)
from tests.unit.domain import strategies as some

LOWEST_BATCH = 1 << 42
INVOCATION = InvocationId(bytes(range(32)))


@given(some.unsigned(15, least=1).map(ControllerId), some.unsigned(42))
def test_compose_batch_id__any_numbers__come_apart_again(controller: ControllerId, sequence: int) -> None:
    batch = compose_batch_id(controller, sequence)
    number = decompose_batch_id(batch)
    assert (number.controller, number.sequence) == (controller, sequence)
    assert batch == controller << 42 | sequence
    assert batch_id(str(batch)) == batch


@given(some.batch_ids, st.integers(0, 47))
def test_compose_job_id__any_numbers__come_apart_again(batch: BatchId, index: int) -> None:
    job = compose_job_id(batch, index)
    number = decompose_job_id(job)
    assert (number.batch, number.index) == (batch, index)
    assert job == batch << 6 | index
    assert job < 2**63, "fits a signed column"
    assert job_id(str(job)) == job


@pytest.mark.parametrize("sequence", [-1, 1 << 42])
def test_compose_batch_id__sequence_too_wide__refused(sequence: int) -> None:
    with pytest.raises(InvalidIdentifierError):
        compose_batch_id(ControllerId(1), sequence)


@pytest.mark.parametrize("index", [-1, 48, 63, 64])
def test_compose_job_id__index_of_no_order__refused(index: int) -> None:
    with pytest.raises(InvalidIdentifierError):
        compose_job_id(BatchId(LOWEST_BATCH), index)


@pytest.mark.parametrize(
    ("parse", "least", "most"),
    [
        (chain_id, 1, MAX_CHAIN_ID),
        (controller_id, 1, 2**15 - 1),
        (provider_id, 1, 2**32 - 1),
        (function_id, 1, 2**32 - 1),
        (version_id, 1, 2**32 - 1),
        (batch_id, LOWEST_BATCH, 2**57 - 1),
        (job_id, LOWEST_BATCH << 6, (2**57 - 1) << 6 | 47),
    ],
)
def test_number__at_and_beyond_its_bounds__taken_and_refused(
    parse: Callable[[int | str], int], least: int, most: int
) -> None:
    for value in (least, most):
        assert parse(value) == value
        assert parse(str(value)) == value
    for value in (least - 1, most + 1, -1, -(2**70), 2**70):
        with pytest.raises(InvalidIdentifierError):
            parse(value)
        with pytest.raises(InvalidIdentifierError):
            parse(str(value))


@pytest.mark.parametrize(
    "text", ["", " 1", "1 ", "+1", "01", "1_0", "1e3", "0x1", "\u0661", "1.0", "9" * 5000]
)
def test_number__another_spelling__refused(text: str) -> None:
    with pytest.raises(InvalidIdentifierError):
        provider_id(text)


def test_job_id__index_above_47_inside__refused() -> None:
    with pytest.raises(InvalidIdentifierError):
        job_id(LOWEST_BATCH << 6 | 48)


def test_function_id__text_of_a_number__comes_back() -> None:
    assert format_function_id(function_id(12)) == "fn-12"
    assert function_id("fn-12") == function_id("12") == 12


@pytest.mark.parametrize("text", ["fn-", "fn-0", "fn--1", "FN-1", "fn-fn-1", "fn-01"])
def test_function_id__another_text__refused(text: str) -> None:
    with pytest.raises(InvalidIdentifierError):
        function_id(text)


@given(some.invocation_ids)
def test_invocation_id__its_text__comes_back(invocation: InvocationId) -> None:
    text = str(invocation)
    assert len(text) == 56
    assert InvocationId.parse(text) == invocation


@pytest.mark.parametrize(
    "text",
    [
        "",
        "inv_",
        str(INVOCATION).upper(),
        str(INVOCATION)[:-1],
        str(INVOCATION) + "a",
        str(INVOCATION) + "====",
        str(INVOCATION) + "\n",
        str(INVOCATION)[:-1] + "b",
        "inv_" + "1" * 52,
    ],
)
def test_invocation_id__another_text__refused(text: str) -> None:
    with pytest.raises(InvalidIdentifierError):
        InvocationId.parse(text)


@pytest.mark.parametrize("length", [0, 31, 33])
def test_invocation_id__another_length__refused(length: int) -> None:
    with pytest.raises(InvalidIdentifierError):
        InvocationId(bytes(length))


@given(some.addresses)
def test_address__its_text__is_eip_55_and_comes_back(address: Address) -> None:
    text = str(address)
    assert text == to_checksum_address(address.raw)
    assert Address.parse(text) == Address.parse(text.lower()) == Address.parse_hex(text.lower()) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0x",
        "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0X5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
        "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beae",
        "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed00",
        "0x5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED",
        "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaeg",
    ],
)
def test_address__mistyped__refused(text: str) -> None:
    with pytest.raises(InvalidIdentifierError):
        Address.parse(text)


@pytest.mark.parametrize("text", ["0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0x00"])
def test_address__data_not_in_lower_case_hex__refused(text: str) -> None:
    with pytest.raises(InvalidIdentifierError):
        Address.parse_hex(text)


@pytest.mark.parametrize("length", [0, 19, 21, 32])
def test_address__another_length__refused(length: int) -> None:
    with pytest.raises(InvalidIdentifierError):
        Address(bytes(length))
