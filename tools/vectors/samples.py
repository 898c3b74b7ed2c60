"""The values that the vectors are made of: one story of two jobs, and the extremes of each field."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from chainfaas.domain.amounts import BaseFee, Price
from chainfaas.domain.assignments import NO_CALL_AUTHORIZATION, Assignment, Work, assignment_of
from chainfaas.domain.batches import Batch, Part
from chainfaas.domain.canonical_json import JsonValue
from chainfaas.domain.content_hashes import content_hash, json_hash
from chainfaas.domain.encodings import Bytes32
from chainfaas.domain.identifiers import (
    Address,
    ChainId,
    ControllerId,
    InvocationId,
    ProviderId,
    VersionId,
    compose_batch_id,
)
from chainfaas.domain.leases import Lease
from chainfaas.domain.masks import mask_of_indices
from chainfaas.domain.orders import HOLE, Order
from chainfaas.domain.outcomes import Status
from chainfaas.domain.receipts import EXIT_CODE_UNKNOWN, Receipt
from chainfaas.domain.records import Record
from chainfaas.domain.run_metrics import RunMetrics
from chainfaas.domain.sessions import Session
from chainfaas.domain.signatures import SigningKey
from chainfaas.domain.times import UnixSeconds
from chainfaas.domain.typed_data import SigningDomain, hash_assignment, hash_receipt, hash_work

INPUT = b"the quick brown fox"
OUTPUT = b'{"words":4}\n'
LOG = b""
SANDBOX: dict[str, JsonValue] = {"memoryMiB": 128, "network": "none", "pidsLimit": 64}
METRICS = RunMetrics(
    queued_us=180, pulled_us=0, initialised_us=950, run_us=41_300, cpu_us=39_800, peak_memory_bytes=9_437_184
)
ALL_ONES = Bytes32(b"\xff" * 32)


def filler(name: str) -> Bytes32:
    """Return 32 bytes that follow from a name."""
    return Bytes32(hashlib.sha256(f"ChainFaaS test vectors: {name}".encode()).digest())


def secret(name: str) -> bytes:
    """Return a private key that is published here, and must never hold anything of value."""
    return filler(f"{name}'s throw-away key")


CONTROLLER = SigningKey(secret("controller"))
OPERATOR = SigningKey(secret("operator"))
DEVELOPER = SigningKey(secret("developer"))
DOMAIN = SigningDomain(ChainId(2_718_281_828), Address(filler("ledger")[:20]))
INVOCATION = InvocationId(filler("invocation"))

WORK = Work(
    invocation_id=INVOCATION,
    attempt=1,
    input_hash=content_hash(INVOCATION, INPUT),
    caller=DEVELOPER.address,
    call_authorization=NO_CALL_AUTHORIZATION,
    output_limit_bytes=1_048_576,
)
BATCH = Batch(
    batch_id=compose_batch_id(ControllerId(1), 7),
    provider_id=ProviderId(2),
    base_fee=BaseFee(1_000_000_000_000),
    price=Price(250_000),
    deadline=UnixSeconds(1_800_000_000),
    orders=(Order(VersionId(3), hash_work(WORK)), HOLE, Order(VersionId(4), filler("details"))),
)
ASSIGNMENT = assignment_of(BATCH, 0)
RECEIPT = Receipt(
    assignment_hash=hash_assignment(ASSIGNMENT),
    status=Status.SUCCEEDED,
    exit_code=0,
    run_ms=42,
    output_hash=content_hash(INVOCATION, OUTPUT),
    log_hash=content_hash(INVOCATION, LOG),
    metrics_hash=METRICS.hash_for(INVOCATION),
    sandbox_hash=json_hash(INVOCATION, SANDBOX),
)
KILLED_RECEIPT = Receipt(
    assignment_hash=hash_assignment(assignment_of(BATCH, 2)),
    status=Status.TIMED_OUT,
    exit_code=EXIT_CODE_UNKNOWN,
    run_ms=2**32 - 1,
    output_hash=filler("output"),
    log_hash=filler("log"),
    metrics_hash=filler("metrics"),
    sandbox_hash=ALL_ONES,
)
PART = Part(
    batch=BATCH,
    mask=mask_of_indices((0, 2)),
    records=(
        Record(Status.SUCCEEDED, 42, hash_receipt(RECEIPT)),
        Record(Status.TIMED_OUT, 5_000, hash_receipt(KILLED_RECEIPT)),
    ),
)

WIDEST_BATCH = Batch(
    batch_id=compose_batch_id(ControllerId(2**15 - 1), 2**42 - 1),
    provider_id=ProviderId(2**32 - 1),
    base_fee=BaseFee(2**64 - 1),
    price=Price(2**48 - 1),
    deadline=UnixSeconds(2**32 - 1),
    orders=(Order(VersionId(2**32 - 1), ALL_ONES),) * 48,
)
WIDEST_PART = Part(
    batch=WIDEST_BATCH,
    mask=mask_of_indices(range(48)),
    records=(Record(Status.DECLINED, 2**32 - 1, ALL_ONES),) * 48,
)
WIDEST_WORK = Work(InvocationId(ALL_ONES), 2**16 - 1, ALL_ONES, Address(b"\xff" * 20), ALL_ONES, 2**32 - 1)
WIDEST_ASSIGNMENT: Assignment = assignment_of(WIDEST_BATCH, 47)
LEASE = Lease((BATCH.job_id(0), BATCH.job_id(2)), UnixSeconds(1_799_999_990))
EMPTY_LEASE = Lease((), UnixSeconds(0))
SESSION = Session(OPERATOR.address, filler("nonce"), UnixSeconds(1_799_993_600))


@dataclass(frozen=True, slots=True)
class Signer:
    """A published test key with its name."""

    name: str
    key: SigningKey


SIGNERS = (Signer("controller", CONTROLLER), Signer("operator", OPERATOR), Signer("developer", DEVELOPER))
