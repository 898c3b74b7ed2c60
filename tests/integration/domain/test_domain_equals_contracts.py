"""The Python domain and the shipped contracts, run in an EVM, agree on every hash, byte and base unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from eth_tester.exceptions import TransactionFailed  # type: ignore[import-untyped]
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from web3.types import TxReceipt

from chainfaas.domain.amounts import BaseFee, MaxCost, Price, TokenAmount
from chainfaas.domain.assignments import assignment_of
from chainfaas.domain.batches import Batch, Part, batch_word
from chainfaas.domain.encodings import Bytes32
from chainfaas.domain.errors import ChainFaaSError
from chainfaas.domain.identifiers import ZERO_ADDRESS, ChainId, JobId, VersionId
from chainfaas.domain.keccak import keccak256
from chainfaas.domain.masks import Mask, indices_of_mask
from chainfaas.domain.orders import HOLE, Order, parse_orders
from chainfaas.domain.outcomes import Status
from chainfaas.domain.prices import Offer, Terms, job_cost, reserved_cost, split_gross
from chainfaas.domain.records import Record
from chainfaas.domain.signatures import CURVE_ORDER
from chainfaas.domain.typed_data import SigningDomain, hash_assignment, hash_batch, hash_settlement
from chainfaas.domain.windows import DEFAULT_WINDOWS
from tests.integration.domain.ledger_world import MAX_COST, LedgerWorld, batch_tuple
from tests.unit.domain import strategies as some

UNKNOWN_VERSION = VersionId(2**32 - 1)
MALFORMED = 2
BAD_SIGNATURE = keccak256(b"MonitoringLedger_BadSignature(uint16)")[:4]

# The world is shared on purpose: every example takes a batch number and a provider of its own.
few = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)

# Small prices stay below the caps, large ones meet them.
offers = st.builds(
    Offer,
    base_fee=(st.integers(0, 10**12) | some.unsigned(64)).map(BaseFee),
    price=(st.integers(0, 10**9) | some.unsigned(48)).map(Price),
)
orders = st.lists(st.tuples(st.integers(-1, 2), some.bytes32s), min_size=1, max_size=48).filter(
    lambda chosen: any(version >= 0 for version, _ in chosen)
)


@pytest.fixture(scope="module")
def world() -> LedgerWorld:
    return LedgerWorld.deploy()


@pytest.fixture(scope="module")
def versions(world: LedgerWorld) -> dict[VersionId, Terms]:
    """Three versions: one that is cheap to reserve, one that is dear, one that meets its cap."""
    published = (
        Terms(MaxCost(MAX_COST), 32, 1_000),
        Terms(MaxCost(MAX_COST), 4_096, 900_000),
        Terms(MaxCost(7), 128, 5_000),
    )
    return {world.publish(each): each for each in published}


def make_batch(
    world: LedgerWorld, versions: Sequence[VersionId], offer: Offer, chosen: list[tuple[int, Bytes32]]
) -> Batch:
    return Batch(
        batch_id=world.next_batch_id(),
        provider_id=world.register(offer),
        base_fee=offer.base_fee,
        price=offer.price,
        deadline=world.deadline(),
        orders=tuple(HOLE if place < 0 else Order(versions[place], details) for place, details in chosen),
    )


def make_part(batch: Batch, mask: Mask, data: st.DataObject) -> Part:
    count = mask.bit_count()
    return Part(batch, mask, tuple(data.draw(st.lists(some.records, min_size=count, max_size=count))))


def sign(world: LedgerWorld, parts: Sequence[Part]) -> bytes:
    return world.controller.sign(world.domain.digest(hash_settlement(parts))).raw


def costs(part: Part, versions: dict[VersionId, Terms]) -> dict[JobId, tuple[Record, TokenAmount]]:
    """Return record and cost of each job of a part by our rules."""
    return {
        part.batch.job_id(index): (
            record,
            job_cost(
                versions[part.batch.orders[index].version], part.batch.offer, record.status, record.billed_ms
            ),
        )
        for index, record in zip(indices_of_mask(part.mask), part.records, strict=True)
    }


def assert_paid(
    world: LedgerWorld, receipt: TxReceipt, event: str, expected: dict[JobId, tuple[Record, TokenAmount]]
) -> None:
    ended = {
        job["jobId"]: (job["status"], job["billedMs"], job["receiptHash"], job["cost"])
        for job in world.events(event, receipt)
    }
    assert ended == {
        job: (record.status, record.billed_ms, record.receipt_hash, cost)
        for job, (record, cost) in expected.items()
    }
    gross = TokenAmount(sum(cost for _, cost in expected.values()))
    split = split_gross(gross, DEFAULT_WINDOWS.commission_bps)
    for paid in world.events("Paid", receipt):
        assert (paid["gross"], paid["controllerShare"], paid["sealerShare"]) == (
            gross,
            split.controller,
            split.sealer,
        )


def test_signing_domain__of_the_deployed_ledger__has_its_separator(world: LedgerWorld) -> None:
    assert world.ledger.functions.domainSeparator().call() == world.domain.separator


@few
@given(offers, orders, st.data())
def test_open_and_settle__any_batch__reserves_stores_and_charges_as_we_say(
    world: LedgerWorld,
    versions: dict[VersionId, Terms],
    offer: Offer,
    chosen: list[tuple[int, Bytes32]],
    data: st.DataObject,
) -> None:
    batch = make_batch(world, list(versions), offer, chosen)
    opened = world.open(batch)
    reserved = {job["jobId"]: (job["reserved"], job["details"]) for job in world.events("JobOpened", opened)}
    assert reserved == {
        batch.job_id(index): (
            reserved_cost(versions[batch.orders[index].version], offer),
            batch.orders[index].details,
        )
        for index in indices_of_mask(batch.occupied)
    }
    assert batch_word(hash_batch(batch), batch.occupied) in world.stored_words(batch.batch_id)

    indices = list(indices_of_mask(batch.occupied))
    ended = data.draw(st.sets(st.sampled_from(indices), min_size=1))
    part = make_part(batch, Mask(sum(1 << index for index in ended)), data)
    settled = world.settle([part], sign(world, [part]))
    assert_paid(world, settled, "JobSettled", costs(part, versions))
    rest = Mask(batch.occupied & ~part.mask)
    assert world.ledger.functions.openJobs(batch.batch_id).call() == rest
    if rest:
        assert batch_word(hash_batch(batch), rest) in world.stored_words(batch.batch_id)


@few
@given(offers, st.lists(orders, min_size=1, max_size=2), st.data())
def test_settle__any_batches_that_were_not_opened__records_and_charges_as_we_say(
    world: LedgerWorld,
    versions: dict[VersionId, Terms],
    offer: Offer,
    choices: list[list[tuple[int, Bytes32]]],
    data: st.DataObject,
) -> None:
    first = make_batch(world, list(versions), offer, choices[0])
    rest = [make_batch(world, list(versions), offer, chosen) for chosen in choices[1:]]
    batches = [first, *(replace(batch, provider_id=first.provider_id) for batch in rest)]
    parts = [make_part(batch, batch.occupied, data) for batch in batches]
    settled = world.settle(parts, sign(world, parts))
    expected = {job: ended for part in parts for job, ended in costs(part, versions).items()}
    assert_paid(world, settled, "JobRecorded", expected)


@few
@given(offers, orders)
def test_open_signed__signatures_over_our_assignments__taken(
    world: LedgerWorld, versions: dict[VersionId, Terms], offer: Offer, chosen: list[tuple[int, Bytes32]]
) -> None:
    batch = make_batch(world, list(versions), offer, chosen)
    signatures = b"".join(
        world.controller.sign(world.domain.digest(hash_assignment(assignment_of(batch, index)))).raw
        for index in indices_of_mask(batch.occupied)
    )
    opened = world.transact(world.ledger.functions.openSigned(batch_tuple(batch), signatures), world.operator)
    assert {job["jobId"] for job in world.events("JobOpened", opened)} == {
        batch.job_id(index) for index in indices_of_mask(batch.occupied)
    }


@few
@given(st.binary(max_size=180) | st.integers(0, 50).map(lambda count: bytes(36 * count)))
def test_parse_orders__bytes_that_we_refuse_or_without_any_job__malformed_to_the_contract_too(
    world: LedgerWorld, versions: dict[VersionId, Terms], packed: bytes
) -> None:
    try:
        jobs = [order for order in parse_orders(packed) if not order.is_hole]
    except ChainFaaSError:
        jobs = []
    provider = world.register(Offer(BaseFee(1), Price(1)))
    raw = (world.next_batch_id(), provider, 1, 1, world.deadline(), packed)
    receipt = world.transact(world.ledger.functions.open([raw]), str(world.controller.address))
    skipped = [batch["reason"] for batch in world.events("BatchSkipped", receipt)]
    assert skipped == ([] if jobs else [MALFORMED])


def test_open__unknown_version__unfunded_without_developer(world: LedgerWorld) -> None:
    batch = make_batch(world, [UNKNOWN_VERSION], Offer(BaseFee(1), Price(1)), [(0, Bytes32(b"\x07" * 32))])
    unfunded = world.events("JobUnfunded", world.open(batch))
    assert [(job["jobId"], job["developer"], job["needed"]) for job in unfunded] == [
        (batch.job_id(0), str(ZERO_ADDRESS), 0)
    ]


@pytest.mark.parametrize("changed", ["chain", "ledger", "parts", "high s", "64 bytes"])
def test_settle__signature_over_something_else_or_of_another_form__refused(
    world: LedgerWorld, versions: dict[VersionId, Terms], changed: str
) -> None:
    batch = make_batch(world, list(versions), Offer(BaseFee(1), Price(1)), [(0, Bytes32(b"\x07" * 32))])
    part = Part(batch, Mask(1), (Record(Status.SUCCEEDED, 1, Bytes32(bytes(32))),))
    domain = {
        "chain": SigningDomain(ChainId(world.domain.chain_id + 1), world.domain.ledger),
        "ledger": SigningDomain(world.domain.chain_id, ZERO_ADDRESS),
    }.get(changed, world.domain)
    signed = [part, part] if changed == "parts" else [part]
    signature = world.controller.sign(domain.digest(hash_settlement(signed))).raw
    if changed == "high s":
        high_s = CURVE_ORDER - int.from_bytes(signature[32:64], "big")
        signature = signature[:32] + high_s.to_bytes(32, "big") + bytes((55 - signature[64],))
    if changed == "64 bytes":
        signature = signature[:64]
    call = world.ledger.functions.settle([(batch_tuple(batch), 1, part.packed_records)], signature, 0)
    with pytest.raises(TransactionFailed) as refused:
        call.call({"from": world.operator})
    # eth-tester puts the revert's data into its message as Python writes bytes.
    assert repr(BAD_SIGNATURE)[2:-1] in str(refused.value)
