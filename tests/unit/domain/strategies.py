"""Hypothesis strategies for every value that the parties sign, over the whole width of each field."""

from __future__ import annotations

from hypothesis import strategies as st

from chainfaas.domain.amounts import BaseFee, MaxCost, Price
from chainfaas.domain.assignments import Assignment, Work
from chainfaas.domain.batches import Batch, Part
from chainfaas.domain.encodings import Bytes32
from chainfaas.domain.identifiers import (
    MAX_BATCH_JOBS,
    MAX_CHAIN_ID,
    Address,
    BatchId,
    ChainId,
    ControllerId,
    InvocationId,
    JobId,
    ProviderId,
    VersionId,
    compose_batch_id,
    compose_job_id,
)
from chainfaas.domain.leases import Lease
from chainfaas.domain.masks import indices_of_mask, mask_of_indices
from chainfaas.domain.orders import HOLE, Order
from chainfaas.domain.outcomes import Status
from chainfaas.domain.prices import Offer, Terms
from chainfaas.domain.receipts import Receipt
from chainfaas.domain.records import Record
from chainfaas.domain.sessions import Session
from chainfaas.domain.signatures import CURVE_ORDER, SigningKey
from chainfaas.domain.times import UnixSeconds
from chainfaas.domain.typed_data import SigningDomain


def unsigned(bits: int, least: int = 0) -> st.SearchStrategy[int]:
    return st.integers(least, (1 << bits) - 1)


bytes32s = st.binary(min_size=32, max_size=32).map(Bytes32)
addresses = st.binary(min_size=20, max_size=20).map(Address)
invocation_ids = bytes32s.map(InvocationId)
times = unsigned(32).map(UnixSeconds)
provider_ids = unsigned(32, least=1).map(ProviderId)
version_ids = unsigned(32, least=1).map(VersionId)
statuses = st.sampled_from(Status)
batch_ids: st.SearchStrategy[BatchId] = st.builds(
    compose_batch_id, unsigned(15, least=1).map(ControllerId), unsigned(42)
)
job_ids: st.SearchStrategy[JobId] = st.builds(compose_job_id, batch_ids, st.integers(0, MAX_BATCH_JOBS - 1))
base_fees = unsigned(64).map(BaseFee)
prices = unsigned(48).map(Price)
offers = st.builds(Offer, base_fee=base_fees, price=prices)
terms = st.builds(
    Terms,
    max_cost=unsigned(48).map(MaxCost),
    memory_mib=unsigned(16, least=1),
    timeout_ms=unsigned(32, least=1),
)
digests = bytes32s
secrets = st.integers(1, CURVE_ORDER - 1).map(lambda number: number.to_bytes(32, "big"))
signing_keys = secrets.map(SigningKey)
domains = st.builds(SigningDomain, chain_id=st.integers(1, MAX_CHAIN_ID).map(ChainId), ledger=addresses)

jobs = st.builds(Order, version=version_ids, details=bytes32s)
orders = jobs | st.just(HOLE)
records = st.builds(Record, status=statuses, billed_ms=unsigned(32), receipt_hash=bytes32s)


def batches(order: st.SearchStrategy[Order] = orders) -> st.SearchStrategy[Batch]:
    return st.builds(
        Batch,
        batch_id=batch_ids,
        provider_id=provider_ids,
        base_fee=base_fees,
        price=prices,
        deadline=times,
        orders=st.lists(order, min_size=1, max_size=MAX_BATCH_JOBS).map(tuple),
    )


@st.composite
def parts(draw: st.DrawFn) -> Part:
    batch = draw(batches().filter(lambda candidate: candidate.occupied != 0))
    occupied = list(indices_of_mask(batch.occupied))
    chosen = draw(st.sets(st.sampled_from(occupied), min_size=1))
    ended = draw(st.lists(records, min_size=len(chosen), max_size=len(chosen)))
    return Part(batch, mask_of_indices(chosen), tuple(ended))


assignments = st.builds(
    Assignment,
    job_id=job_ids,
    version_id=version_ids,
    provider_id=provider_ids,
    base_fee=base_fees,
    price=prices,
    deadline=times,
    details=bytes32s,
)
works = st.builds(
    Work,
    invocation_id=invocation_ids,
    attempt=unsigned(16, least=1),
    input_hash=bytes32s,
    caller=addresses,
    call_authorization=bytes32s,
    output_limit_bytes=unsigned(32),
)
leases = st.builds(Lease, job_ids=st.lists(job_ids, max_size=8).map(tuple), lease_until=times)
receipts = st.builds(
    Receipt,
    assignment_hash=bytes32s,
    status=statuses,
    exit_code=st.integers(-(2**31), 2**31 - 1),
    run_ms=unsigned(32),
    output_hash=bytes32s,
    log_hash=bytes32s,
    metrics_hash=bytes32s,
    sandbox_hash=bytes32s,
)
sessions = st.builds(Session, operator=addresses, nonce=bytes32s, expires=times)
