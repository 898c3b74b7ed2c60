"""Orders, records, masks and batch words: what the contracts read byte by byte."""

from __future__ import annotations

import pytest
from eth_abi.packed import encode_packed
from hypothesis import given
from hypothesis import strategies as st

from chainfaas.domain.amounts import BaseFee, Price
from chainfaas.domain.assignments import assignment_of
from chainfaas.domain.batches import Batch, Part, batch_word, open_jobs_of_word, word_is_of_batch
from chainfaas.domain.encodings import Bytes32
from chainfaas.domain.errors import (
    ChainFaaSError,
    InvalidEncodingError,
    InvalidOutcomeError,
    NotFoundError,
)
from chainfaas.domain.identifiers import BatchId, ProviderId, VersionId
from chainfaas.domain.masks import Mask, indices_of_mask, mask, mask_of_indices
from chainfaas.domain.orders import HOLE, Order, occupied_mask, pack_orders, parse_orders
from chainfaas.domain.outcomes import Status
from chainfaas.domain.receipts import Receipt
from chainfaas.domain.records import Record, pack_records, parse_records
from chainfaas.domain.times import UnixSeconds
from chainfaas.domain.typed_data import hash_receipt
from tests.unit.domain import strategies as some

JOB = Order(VersionId(1), Bytes32(b"\x01" * 32))
RECORD = Record(Status.SUCCEEDED, 12, Bytes32(b"\x02" * 32))


@given(st.lists(some.orders, min_size=1, max_size=48))
def test_pack_orders__any__as_solidity_packs_and_comes_back(orders: list[Order]) -> None:
    packed = pack_orders(orders)
    assert packed == b"".join(
        encode_packed(["uint32", "bytes32"], [order.version, order.details]) for order in orders
    )
    assert parse_orders(packed) == tuple(orders)


@given(st.lists(some.records, min_size=1, max_size=48))
def test_pack_records__any__as_solidity_packs_and_comes_back(records: list[Record]) -> None:
    packed = pack_records(records)
    assert packed == b"".join(
        encode_packed(
            ["uint8", "uint32", "bytes32"], [int(record.status), record.billed_ms, record.receipt_hash]
        )
        for record in records
    )
    assert parse_records(packed) == tuple(records)


@given(st.binary(max_size=200))
def test_parse_orders__any_bytes__one_spelling_or_refused(packed: bytes) -> None:
    try:
        orders = parse_orders(packed)
    except InvalidEncodingError:
        return
    assert pack_orders(orders) == packed


@given(st.binary(max_size=200) | st.lists(some.records, min_size=1, max_size=3).map(pack_records))
def test_parse_records__any_bytes__one_spelling_or_refused(packed: bytes) -> None:
    try:
        records = parse_records(packed)
    except (InvalidEncodingError, InvalidOutcomeError):
        return
    assert pack_records(records) == packed


@pytest.mark.parametrize("length", [0, 1, 35, 37, 36 * 49])
def test_parse_orders__length_of_no_batch__refused(length: int) -> None:
    with pytest.raises(InvalidEncodingError):
        parse_orders(bytes(length))


@pytest.mark.parametrize("length", [0, 1, 36, 38, 37 * 49])
def test_parse_records__length_of_no_part__refused(length: int) -> None:
    with pytest.raises(InvalidEncodingError):
        parse_records(b"\x01" * length)


@pytest.mark.parametrize("number", [0, 10, 255])
def test_parse_records__unknown_status__refused(number: int) -> None:
    with pytest.raises(InvalidOutcomeError):
        parse_records(bytes((number,)) + bytes(36))


def test_parse_orders__version_0_with_details__refused() -> None:
    with pytest.raises(InvalidEncodingError, match="hole"):
        parse_orders(bytes(4) + b"\x01" * 32)


def test_occupied_mask__holes_between_jobs__only_the_jobs() -> None:
    assert occupied_mask([HOLE, JOB, HOLE, JOB]) == 0b1010


@given(st.sets(st.integers(0, 47)))
def test_mask_of_indices__any_set__comes_back_ascending(indices: set[int]) -> None:
    bits = mask_of_indices(indices)
    assert list(indices_of_mask(bits)) == sorted(indices)
    assert mask(bits) == sum(1 << index for index in indices)


@pytest.mark.parametrize("indices", [[-1], [48], [3, 3]])
def test_mask_of_indices__outside_or_twice__refused(indices: list[int]) -> None:
    with pytest.raises(InvalidEncodingError):
        mask_of_indices(indices)


@pytest.mark.parametrize("bits", [-1, 1 << 48])
def test_mask__too_wide__refused(bits: int) -> None:
    with pytest.raises(InvalidEncodingError):
        mask(bits)


@given(some.digests, some.unsigned(48).map(Mask))
def test_batch_word__any__holds_hash_and_bits(batch_hash: Bytes32, open_jobs: Mask) -> None:
    word = batch_word(batch_hash, open_jobs)
    assert word.to_bytes(32, "big") == batch_hash[6:] + open_jobs.to_bytes(6, "big")
    assert open_jobs_of_word(word) == open_jobs
    assert word_is_of_batch(word, batch_hash)
    assert not word_is_of_batch(word ^ 1 << 48, batch_hash)


@pytest.mark.parametrize("word", [-1, 1 << 256])
def test_open_jobs_of_word__no_storage_word__refused(word: int) -> None:
    with pytest.raises(InvalidEncodingError):
        open_jobs_of_word(word)


@given(some.batches())
def test_assignment_of__each_order__carries_header_and_order_or_is_a_hole(batch: Batch) -> None:
    for index, order in enumerate(batch.orders):
        if order.is_hole:
            with pytest.raises(NotFoundError):
                assignment_of(batch, index)
            continue
        assignment = assignment_of(batch, index)
        assert assignment.job_id == batch.job_id(index)
        assert (assignment.version_id, assignment.details) == (order.version, order.details)
        assert (assignment.base_fee, assignment.price) == (batch.offer.base_fee, batch.offer.price)


@pytest.mark.parametrize("index", [-1, 48])
def test_assignment_of__no_such_index__refused(index: int) -> None:
    batch = batch_of(JOB)
    with pytest.raises(NotFoundError):
        assignment_of(batch, index)


def batch_of(*orders: Order) -> Batch:
    return Batch(BatchId(1 << 42), ProviderId(1), BaseFee(0), Price(0), UnixSeconds(0), orders)


@pytest.mark.parametrize("count", [0, 49])
def test_batch__no_jobs_or_too_many__refused(count: int) -> None:
    with pytest.raises(InvalidEncodingError):
        batch_of(*(JOB,) * count)


@pytest.mark.parametrize(
    ("bits", "count"),
    [(0b000, 0), (0b010, 1), (0b1000, 1), (0b101, 1), (0b001, 2), (1 << 48, 1), (-1, 1)],
)
def test_part__mask_that_fits_neither_orders_nor_records__refused(bits: int, count: int) -> None:
    batch = batch_of(JOB, HOLE, JOB)
    with pytest.raises(ChainFaaSError):
        Part(batch, Mask(bits), (RECORD,) * count)


@given(some.receipts, some.unsigned(32), some.statuses)
def test_agrees_with__any_record__only_same_end_and_no_longer_time(
    receipt: Receipt, billed_ms: int, ended: Status
) -> None:
    receipt_hash = hash_receipt(receipt)
    record = Record(ended, billed_ms, receipt_hash)
    agrees = ended is receipt.status and billed_ms <= max(1, receipt.run_ms)
    assert record.agrees_with(receipt, receipt_hash) == agrees
    assert not record.agrees_with(receipt, Bytes32(bytes(32)))


@pytest.mark.parametrize("exit_code", [-(2**31) - 1, 2**31])
def test_receipt__exit_code_of_more_than_32_bits__refused(exit_code: int) -> None:
    zero = Bytes32(bytes(32))
    with pytest.raises(InvalidOutcomeError):
        Receipt(zero, Status.SUCCEEDED, exit_code, 0, zero, zero, zero, zero)
