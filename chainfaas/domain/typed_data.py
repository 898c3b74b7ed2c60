"""EIP-712 hashes of everything that the parties sign, packed by hand because they are made on every call.

Every hash that one value holds of another is a hashStruct; the domain enters only the digest that is signed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from chainfaas.domain.assignments import Assignment, Work
from chainfaas.domain.batches import Batch, Part
from chainfaas.domain.encodings import Bytes32
from chainfaas.domain.identifiers import Address, ChainId, chain_id
from chainfaas.domain.keccak import keccak256
from chainfaas.domain.leases import Lease
from chainfaas.domain.receipts import Receipt
from chainfaas.domain.sessions import Session

DOMAIN_NAME = "ChainFaaS"
DOMAIN_VERSION = "1"
DOMAIN_TYPE = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"

BATCH_TYPE = (
    "Batch(uint64 batchId,uint32 providerId,uint64 baseFee,uint48 price,uint32 deadline,bytes orders)"
)
PART_TYPE = "Part(Batch batch,uint48 mask,bytes records)"
SETTLEMENT_TYPE = "Settlement(Part[] parts)"
ASSIGNMENT_TYPE = (
    "Assignment(uint64 jobId,uint32 versionId,uint32 providerId,uint64 baseFee,uint48 price,"
    "uint32 deadline,bytes32 details)"
)
WORK_TYPE = (
    "Work(bytes32 invocationId,uint16 attempt,bytes32 inputHash,address caller,"
    "bytes32 callAuthorization,uint32 outputLimit)"
)
LEASE_TYPE = "Lease(uint64[] jobIds,uint32 leaseUntil)"
RECEIPT_TYPE = (
    "Receipt(bytes32 assignmentHash,uint8 status,int32 exitCode,uint32 runMs,bytes32 outputHash,"
    "bytes32 logHash,bytes32 metricsHash,bytes32 sandboxHash)"
)
SESSION_TYPE = "Session(address operator,bytes32 nonce,uint32 expires)"

ENCODED_TYPES = {
    "Batch": BATCH_TYPE,
    "Part": PART_TYPE + BATCH_TYPE,
    "Settlement": SETTLEMENT_TYPE + BATCH_TYPE + PART_TYPE,
    "Assignment": ASSIGNMENT_TYPE,
    "Work": WORK_TYPE,
    "Lease": LEASE_TYPE,
    "Receipt": RECEIPT_TYPE,
    "Session": SESSION_TYPE,
}
"""encodeType of each primary type: the type itself, then the types it holds by name."""

TYPE_HASHES = {name: keccak256(text.encode()) for name, text in ENCODED_TYPES.items()}

_DOMAIN_HEAD = b"".join(keccak256(text.encode()) for text in (DOMAIN_TYPE, DOMAIN_NAME, DOMAIN_VERSION))
_BATCH = TYPE_HASHES["Batch"]
_PART = TYPE_HASHES["Part"]
_SETTLEMENT = TYPE_HASHES["Settlement"]
_ASSIGNMENT = TYPE_HASHES["Assignment"]
_WORK = TYPE_HASHES["Work"]
_LEASE = TYPE_HASHES["Lease"]
_RECEIPT = TYPE_HASHES["Receipt"]
_SESSION = TYPE_HASHES["Session"]


@dataclass(frozen=True, slots=True)
class SigningDomain:
    """The network and ledger that a signature is for; it is worth nothing on any other."""

    chain_id: ChainId
    ledger: Address
    """The MonitoringLedger."""
    separator: Bytes32 = field(init=False, repr=False, compare=False)
    """Hash of the EIP-712 domain."""

    def __post_init__(self) -> None:
        """Hash the domain once."""
        chain_id(self.chain_id)
        separator = keccak256(_DOMAIN_HEAD + _unsigned(self.chain_id) + _address(self.ledger))
        object.__setattr__(self, "separator", separator)

    def digest(self, struct_hash: Bytes32) -> Bytes32:
        """Return what is signed for a value with this hash."""
        return Bytes32(keccak256(b"\x19\x01" + self.separator + struct_hash))


def hash_batch(batch: Batch) -> Bytes32:
    """Return the hashStruct of a batch; its low 208 bits are the head of the batch word."""
    return _hash(
        _BATCH
        + _words(batch.batch_id, batch.provider_id, batch.base_fee, batch.price, batch.deadline)
        + keccak256(batch.packed_orders)
    )


def hash_part(part: Part) -> Bytes32:
    """Return the hashStruct of a part."""
    return _hash(_PART + hash_batch(part.batch) + _unsigned(part.mask) + keccak256(part.packed_records))


def hash_settlement(parts: Sequence[Part]) -> Bytes32:
    """Return the hashStruct of the settlement that is made of these parts, in this order."""
    return _hash(_SETTLEMENT + keccak256(b"".join(hash_part(part) for part in parts)))


def hash_assignment(assignment: Assignment) -> Bytes32:
    """Return the hashStruct of an assignment, which the job's receipt carries."""
    return _hash(
        _ASSIGNMENT
        + _words(
            assignment.job_id,
            assignment.version_id,
            assignment.provider_id,
            assignment.base_fee,
            assignment.price,
            assignment.deadline,
        )
        + assignment.details
    )


def hash_work(work: Work) -> Bytes32:
    """Return the hashStruct of a job's work: the details of its order."""
    return _hash(
        _WORK
        + work.invocation_id.raw
        + _unsigned(work.attempt)
        + work.input_hash
        + _address(work.caller)
        + work.call_authorization
        + _unsigned(work.output_limit_bytes)
    )


def hash_lease(lease: Lease) -> Bytes32:
    """Return the hashStruct of a lease."""
    return _hash(_LEASE + keccak256(_words(*lease.job_ids)) + _unsigned(lease.lease_until))


def hash_receipt(receipt: Receipt) -> Bytes32:
    """Return the hashStruct of a receipt: the receipt hash of the job's record."""
    return _hash(
        _RECEIPT
        + receipt.assignment_hash
        + _unsigned(receipt.status)
        + receipt.exit_code.to_bytes(32, "big", signed=True)
        + _unsigned(receipt.run_ms)
        + receipt.output_hash
        + receipt.log_hash
        + receipt.metrics_hash
        + receipt.sandbox_hash
    )


def hash_session(session: Session) -> Bytes32:
    """Return the hashStruct of a session."""
    return _hash(_SESSION + _address(session.operator) + session.nonce + _unsigned(session.expires))


def _hash(encoded: bytes) -> Bytes32:
    return Bytes32(keccak256(encoded))


def _unsigned(value: int) -> bytes:
    return value.to_bytes(32, "big")


def _words(*values: int) -> bytes:
    return b"".join(map(_unsigned, values))


def _address(address: Address) -> bytes:
    return bytes(12) + address.raw
