"""Assignment and receipt as JSON, with the member names of their EIP-712 types.

Receipt documents and the messages between provider and controller share these forms. Numbers wider than 32
bits are decimal strings, bytes are 0x hex.
"""

from __future__ import annotations

from chainfaas.domain.amounts import base_fee, price
from chainfaas.domain.assignments import Assignment
from chainfaas.domain.canonical_json import JsonValue
from chainfaas.domain.encodings import format_hex, parse_bytes32
from chainfaas.domain.identifiers import job_id, provider_id, version_id
from chainfaas.domain.json_fields import JsonFields
from chainfaas.domain.outcomes import status
from chainfaas.domain.receipts import Receipt
from chainfaas.domain.times import unix_seconds

ASSIGNMENT_MEMBERS = ("jobId", "versionId", "providerId", "baseFee", "price", "deadline", "details")
RECEIPT_MEMBERS = (
    "assignmentHash",
    "status",
    "exitCode",
    "runMs",
    "outputHash",
    "logHash",
    "metricsHash",
    "sandboxHash",
)


def assignment_json(assignment: Assignment) -> dict[str, JsonValue]:
    """Return an assignment under its JSON names."""
    return {
        "jobId": str(assignment.job_id),
        "versionId": assignment.version_id,
        "providerId": assignment.provider_id,
        "baseFee": str(assignment.base_fee),
        "price": str(assignment.price),
        "deadline": assignment.deadline,
        "details": format_hex(assignment.details),
    }


def assignment_of_json(fields: JsonFields) -> Assignment:
    """Read an assignment from an object with the members `ASSIGNMENT_MEMBERS`.

    Raises:
        InvalidInputError: a member is not valid.
    """
    return Assignment(
        job_id=fields.parsed("jobId", job_id),
        version_id=version_id(fields.integer("versionId")),
        provider_id=provider_id(fields.integer("providerId")),
        base_fee=fields.parsed("baseFee", base_fee),
        price=fields.parsed("price", price),
        deadline=unix_seconds(fields.integer("deadline"), "assignment.deadline"),
        details=fields.parsed("details", parse_bytes32),
    )


def receipt_json(receipt: Receipt) -> dict[str, JsonValue]:
    """Return a receipt under its JSON names."""
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


def receipt_of_json(fields: JsonFields) -> Receipt:
    """Read a receipt from an object with the members `RECEIPT_MEMBERS`.

    Raises:
        InvalidInputError: a member is not valid.
    """
    return Receipt(
        assignment_hash=fields.parsed("assignmentHash", parse_bytes32),
        status=status(fields.integer("status")),
        exit_code=fields.integer("exitCode"),
        run_ms=fields.integer("runMs"),
        output_hash=fields.parsed("outputHash", parse_bytes32),
        log_hash=fields.parsed("logHash", parse_bytes32),
        metrics_hash=fields.parsed("metricsHash", parse_bytes32),
        sandbox_hash=fields.parsed("sandboxHash", parse_bytes32),
    )
