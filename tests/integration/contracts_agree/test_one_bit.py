"""One bit of what was signed, or of the signature, is another: the shipped contract pays nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from eth_tester.exceptions import TransactionFailed  # type: ignore[import-untyped]
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chainfaas.chain.bindings.monitoring_ledger import MonitoringLedger
from chainfaas.domain.amounts import BaseFee, MaxCost, Price, TokenAmount
from chainfaas.domain.assignments import assignment_of
from chainfaas.domain.batches import Batch, Part
from chainfaas.domain.encodings import Bytes32
from chainfaas.domain.identifiers import Address
from chainfaas.domain.orders import Order
from chainfaas.domain.outcomes import Status
from chainfaas.domain.prices import Offer, Terms
from chainfaas.domain.records import Record
from chainfaas.domain.typed_data import hash_assignment, hash_settlement
from tests.integration.domain.ledger_world import MAX_COST, LedgerWorld

OFFER = Offer(BaseFee(10**12), Price(10**6))
DETAILS = Bytes32(b"\x05" * 32)
RECEIPT = Bytes32(b"\x07" * 32)

few = settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(scope="module")
def world() -> LedgerWorld:
    return LedgerWorld.deploy()


@pytest.fixture(scope="module")
def batch(world: LedgerWorld) -> Batch:
    version = world.publish(Terms(MaxCost(MAX_COST), 128, 5_000))
    return Batch(
        batch_id=world.next_batch_id(),
        provider_id=world.register(OFFER),
        base_fee=OFFER.base_fee,
        price=OFFER.price,
        deadline=world.deadline(),
        orders=(Order(version, DETAILS), Order(version, Bytes32(b"\x06" * 32))),
    )


@pytest.fixture(scope="module")
def jobs(world: LedgerWorld) -> MonitoringLedger:
    return MonitoringLedger(world.web3, Address.parse(world.ledger.address))


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def answer(world: LedgerWorld, data: bytes) -> bytes | None:
    """What the ledger returns to the provider, or None if it refuses; nothing is carried out."""
    call = {"from": world.operator, "to": world.ledger.address, "data": data, "gas": 5_000_000}
    try:
        return bytes(world.web3.eth.call(call))  # type: ignore[arg-type]
    except TransactionFailed:
        return None


@dataclass(frozen=True)
class Signed:
    """A call that the ledger takes, and the bytes in it that a signature is over, or is."""

    data: bytes
    pieces: tuple[bytes, ...]

    def bits(self) -> Iterator[int]:
        """Places in the call of every bit of the pieces."""
        for piece in self.pieces:
            start = self.data.index(piece)
            yield from range(8 * start, 8 * (start + len(piece)))


@pytest.fixture(scope="module")
def settlement(world: LedgerWorld, jobs: MonitoringLedger, batch: Batch) -> Signed:
    records = tuple(Record(Status.SUCCEEDED, 1_000, RECEIPT) for _ in batch.orders)
    part = Part(batch, batch.occupied, records)
    signature = world.controller.sign(world.domain.digest(hash_settlement([part])))
    call = jobs.settle([part], signature, TokenAmount(1))
    return Signed(call.data, (header(batch), batch.packed_orders, part.packed_records, signature.raw))


@pytest.fixture(scope="module")
def opening(world: LedgerWorld, jobs: MonitoringLedger, batch: Batch) -> Signed:
    hashes = (hash_assignment(assignment_of(batch, index)) for index in range(len(batch.orders)))
    signatures = [world.controller.sign(world.domain.digest(each)) for each in hashes]
    call = jobs.open_signed(batch, signatures)
    return Signed(call.data, (header(batch), batch.packed_orders, *(each.raw for each in signatures)))


def header(batch: Batch) -> bytes:
    """The five words that a batch begins with in call data."""
    numbers = (batch.batch_id, batch.provider_id, batch.base_fee, batch.price, batch.deadline)
    return b"".join(number.to_bytes(32, "big") for number in numbers)


@few
@given(st.data())
def test_settle__one_bit_of_what_is_signed_or_of_the_signature__refused(
    world: LedgerWorld, settlement: Signed, data: st.DataObject
) -> None:
    bit = data.draw(st.sampled_from(list(settlement.bits())))
    assert answer(world, flipped(settlement.data, bit)) is None


@few
@given(st.data())
def test_open_signed__one_bit_of_what_is_signed_or_of_a_signature__refused(
    world: LedgerWorld, opening: Signed, data: st.DataObject
) -> None:
    bit = data.draw(st.sampled_from(list(opening.bits())))
    assert answer(world, flipped(opening.data, bit)) is None


@few
@given(st.data())
def test_settle__one_bit_anywhere_in_the_call__refused_or_worth_the_same(
    world: LedgerWorld, settlement: Signed, data: st.DataObject
) -> None:
    # Nobody looks at padding, and a lower minimum is the provider's own business: what is paid is the same.
    gross = answer(world, settlement.data)
    assert gross is not None
    bit = data.draw(st.integers(0, 8 * len(settlement.data) - 1))
    assert answer(world, flipped(settlement.data, bit)) in (None, gross)


def test_open_signed__as_signed__taken(world: LedgerWorld, opening: Signed) -> None:
    assert answer(world, opening.data) == b""
