"""Vectors of what the parties sign: as eth_signTypedData_v4 takes it, with hash, digest and signature."""

from __future__ import annotations

from chainfaas.domain.assignments import Assignment, Work
from chainfaas.domain.batches import Batch, Part
from chainfaas.domain.canonical_json import JsonValue
from chainfaas.domain.encodings import Bytes32, format_hex
from chainfaas.domain.leases import Lease
from chainfaas.domain.receipts import Receipt
from chainfaas.domain.sessions import Session
from chainfaas.domain.signatures import SigningKey
from chainfaas.domain.typed_data import (
    DOMAIN_NAME,
    DOMAIN_TYPE,
    DOMAIN_VERSION,
    ENCODED_TYPES,
    TYPE_HASHES,
    hash_assignment,
    hash_batch,
    hash_lease,
    hash_part,
    hash_receipt,
    hash_session,
    hash_settlement,
    hash_work,
)
from tools.vectors import samples

Json = dict[str, JsonValue]


def typed_data_vectors() -> Json:
    """Return types, type hashes, the domain, and every message."""
    return {
        "about": "EIP-712: every message in the form of eth_signTypedData_v4, its hashStruct, the digest "
        "that is signed, and the signature of one of the keys in signatures.json.",
        "encodedTypes": dict(ENCODED_TYPES.items()),
        "typeHashes": {name: format_hex(value) for name, value in TYPE_HASHES.items()},
        "domainSeparator": format_hex(samples.DOMAIN.separator),
        "messages": [*_batches(), *_jobs(), *_others()],
    }


def _batches() -> list[JsonValue]:
    part, widest = samples.PART, samples.WIDEST_PART
    settlement: Json = {"parts": [part_message(part), part_message(widest)]}
    return [
        _message("Batch", batch_message(part.batch), hash_batch(part.batch)),
        _message("Batch", batch_message(widest.batch), hash_batch(widest.batch)),
        _message("Part", part_message(part), hash_part(part)),
        _message("Settlement", {"parts": [part_message(part)]}, hash_settlement([part])),
        _message("Settlement", settlement, hash_settlement([part, widest])),
    ]


def _jobs() -> list[JsonValue]:
    works = (samples.WORK, samples.WIDEST_WORK)
    assignments = (samples.ASSIGNMENT, samples.WIDEST_ASSIGNMENT)
    receipts = (samples.RECEIPT, samples.KILLED_RECEIPT)
    return [
        *(_message("Work", work_message(work), hash_work(work)) for work in works),
        *(_message("Assignment", assignment_message(each), hash_assignment(each)) for each in assignments),
        *(
            _message("Receipt", receipt_message(receipt), hash_receipt(receipt), samples.OPERATOR)
            for receipt in receipts
        ),
    ]


def _others() -> list[JsonValue]:
    return [
        *(
            _message("Lease", lease_message(lease), hash_lease(lease))
            for lease in (samples.LEASE, samples.EMPTY_LEASE)
        ),
        _message("Session", session_message(samples.SESSION), hash_session(samples.SESSION)),
    ]


def _message(
    primary_type: str, message: Json, struct_hash: Bytes32, signer: SigningKey = samples.CONTROLLER
) -> Json:
    digest = samples.DOMAIN.digest(struct_hash)
    return {
        "typedData": {
            "types": _types(primary_type),
            "primaryType": primary_type,
            "domain": {
                "name": DOMAIN_NAME,
                "version": DOMAIN_VERSION,
                "chainId": samples.DOMAIN.chain_id,
                "verifyingContract": str(samples.DOMAIN.ledger),
            },
            "message": message,
        },
        "hashStruct": format_hex(struct_hash),
        "digest": format_hex(digest),
        "signer": str(signer.address),
        "signature": str(signer.sign(digest)),
    }


def _types(primary_type: str) -> Json:
    texts = [DOMAIN_TYPE, *ENCODED_TYPES[primary_type].replace(")", ")\n").splitlines()]
    return dict(_members(text) for text in texts)


def _members(text: str) -> tuple[str, JsonValue]:
    name, members = text.removesuffix(")").split("(")
    pairs = [member.split(" ") for member in members.split(",")]
    return name, [{"name": label, "type": kind} for kind, label in pairs]


def batch_message(batch: Batch) -> Json:
    """Return a batch as EIP-712 JSON."""
    return {
        "batchId": str(batch.batch_id),
        "providerId": batch.provider_id,
        "baseFee": str(batch.base_fee),
        "price": str(batch.price),
        "deadline": batch.deadline,
        "orders": format_hex(batch.packed_orders),
    }


def part_message(part: Part) -> Json:
    """Return a part as EIP-712 JSON."""
    return {
        "batch": batch_message(part.batch),
        "mask": str(part.mask),
        "records": format_hex(part.packed_records),
    }


def work_message(work: Work) -> Json:
    """Return a work as EIP-712 JSON."""
    return {
        "invocationId": format_hex(work.invocation_id.raw),
        "attempt": work.attempt,
        "inputHash": format_hex(work.input_hash),
        "caller": str(work.caller),
        "callAuthorization": format_hex(work.call_authorization),
        "outputLimit": work.output_limit_bytes,
    }


def assignment_message(assignment: Assignment) -> Json:
    """Return an assignment as EIP-712 JSON."""
    return {
        "jobId": str(assignment.job_id),
        "versionId": assignment.version_id,
        "providerId": assignment.provider_id,
        "baseFee": str(assignment.base_fee),
        "price": str(assignment.price),
        "deadline": assignment.deadline,
        "details": format_hex(assignment.details),
    }


def receipt_message(receipt: Receipt) -> Json:
    """Return a receipt as EIP-712 JSON."""
    return {
        "assignmentHash": format_hex(receipt.assignment_hash),
        "status": receipt.status.value,
        "exitCode": receipt.exit_code,
        "runMs": receipt.run_ms,
        "outputHash": format_hex(receipt.output_hash),
        "logHash": format_hex(receipt.log_hash),
        "metricsHash": format_hex(receipt.metrics_hash),
        "sandboxHash": format_hex(receipt.sandbox_hash),
    }


def lease_message(lease: Lease) -> Json:
    """Return a lease as EIP-712 JSON."""
    return {"jobIds": [str(job) for job in lease.job_ids], "leaseUntil": lease.lease_until}


def session_message(session: Session) -> Json:
    """Return a session as EIP-712 JSON."""
    return {
        "operator": str(session.operator),
        "nonce": format_hex(session.nonce),
        "expires": session.expires,
    }
