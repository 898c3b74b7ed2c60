"""The same messages in the general form of EIP-712, for an encoder that is not ours."""

from __future__ import annotations

from typing import Any

from eth_account.messages import SignableMessage, encode_typed_data

from chainfaas.domain.assignments import Assignment, Work
from chainfaas.domain.batches import Batch, Part
from chainfaas.domain.leases import Lease
from chainfaas.domain.receipts import Receipt
from chainfaas.domain.sessions import Session
from chainfaas.domain.typed_data import SigningDomain

TYPES = {
    "Batch": "uint64 batchId|uint32 providerId|uint64 baseFee|uint48 price|uint32 deadline|bytes orders",
    "Part": "Batch batch|uint48 mask|bytes records",
    "Settlement": "Part[] parts",
    "Assignment": "uint64 jobId|uint32 versionId|uint32 providerId|uint64 baseFee|uint48 price"
    "|uint32 deadline|bytes32 details",
    "Work": "bytes32 invocationId|uint16 attempt|bytes32 inputHash|address caller|bytes32 callAuthorization"
    "|uint32 outputLimit",
    "Lease": "uint64[] jobIds|uint32 leaseUntil",
    "Receipt": "bytes32 assignmentHash|uint8 status|int32 exitCode|uint32 runMs|bytes32 outputHash"
    "|bytes32 logHash|bytes32 metricsHash|bytes32 sandboxHash",
    "Session": "address operator|bytes32 nonce|uint32 expires",
}
HELD_TYPES = {"Part": ("Batch",), "Settlement": ("Part", "Batch")}


def encode(domain: SigningDomain, primary_type: str, message: dict[str, Any]) -> SignableMessage:
    """Return eth-account's encoding: header is the domain's hash, body the message's."""
    names = (primary_type, *HELD_TYPES.get(primary_type, ()))
    return encode_typed_data(
        domain_data={
            "name": "ChainFaaS",
            "version": "1",
            "chainId": domain.chain_id,
            "verifyingContract": str(domain.ledger),
        },
        message_types={name: _members(TYPES[name]) for name in names},
        message_data=message,
    )


def _members(text: str) -> list[dict[str, str]]:
    return [dict(zip(("type", "name"), member.split(), strict=True)) for member in text.split("|")]


def batch_message(batch: Batch) -> dict[str, Any]:
    return {
        "batchId": batch.batch_id,
        "providerId": batch.provider_id,
        "baseFee": batch.base_fee,
        "price": batch.price,
        "deadline": batch.deadline,
        "orders": batch.packed_orders,
    }


def part_message(part: Part) -> dict[str, Any]:
    return {"batch": batch_message(part.batch), "mask": part.mask, "records": part.packed_records}


def assignment_message(assignment: Assignment) -> dict[str, Any]:
    return {
        "jobId": assignment.job_id,
        "versionId": assignment.version_id,
        "providerId": assignment.provider_id,
        "baseFee": assignment.base_fee,
        "price": assignment.price,
        "deadline": assignment.deadline,
        "details": assignment.details,
    }


def work_message(work: Work) -> dict[str, Any]:
    return {
        "invocationId": work.invocation_id.raw,
        "attempt": work.attempt,
        "inputHash": work.input_hash,
        "caller": str(work.caller),
        "callAuthorization": work.call_authorization,
        "outputLimit": work.output_limit_bytes,
    }


def lease_message(lease: Lease) -> dict[str, Any]:
    return {"jobIds": list(lease.job_ids), "leaseUntil": lease.lease_until}


def receipt_message(receipt: Receipt) -> dict[str, Any]:
    return {
        "assignmentHash": receipt.assignment_hash,
        "status": int(receipt.status),
        "exitCode": receipt.exit_code,
        "runMs": receipt.run_ms,
        "outputHash": receipt.output_hash,
        "logHash": receipt.log_hash,
        "metricsHash": receipt.metrics_hash,
        "sandboxHash": receipt.sandbox_hash,
    }


def session_message(session: Session) -> dict[str, Any]:
    return {"operator": str(session.operator), "nonce": session.nonce, "expires": session.expires}
