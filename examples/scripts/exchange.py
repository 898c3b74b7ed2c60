"""What controller and provider hand to each other before a settlement, as JSON files: a batch, a report.

Numbers wider than 32 bits are decimal strings, bytes are 0x hex. The inputs are text, to be readable. The
settlement that follows has the form that the two exchange over HTTP as well.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chainfaas.domain.amounts import base_fee, price
from chainfaas.domain.assignments import Work
from chainfaas.domain.batches import Batch
from chainfaas.domain.encodings import format_hex, parse_bytes32, parse_hex
from chainfaas.domain.errors import InvalidReceiptError
from chainfaas.domain.identifiers import Address, InvocationId, batch_id, provider_id
from chainfaas.domain.json_fields import JsonFields
from chainfaas.domain.orders import parse_orders
from chainfaas.domain.receipts import Receipt
from chainfaas.domain.signatures import Signature
from chainfaas.domain.signed_values_json import RECEIPT_MEMBERS, receipt_json, receipt_of_json
from chainfaas.domain.times import unix_seconds


@dataclass(frozen=True, slots=True)
class AssignedJob:
    """One job of a batch, with what only controller and provider see."""

    index: int
    work: Work
    input_text: str
    signature: Signature
    """The controller's, over the job's Assignment."""


@dataclass(frozen=True, slots=True)
class AssignedBatch:
    """What a controller gives a provider to run."""

    batch: Batch
    jobs: tuple[AssignedJob, ...]


@dataclass(frozen=True, slots=True)
class ReportedJob:
    """How one job ended."""

    index: int
    receipt: Receipt
    signature: Signature
    """The provider's, over the Receipt."""
    output_text: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a provider tells a controller about jobs of one batch."""

    batch: Batch
    jobs: tuple[ReportedJob, ...]


def write_json(path: Path, document: Mapping[str, Any]) -> None:
    """Write a message where the other side finds it.

    Args:
        path: The file.
        document: What it says.
    """
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def read_json(path: Path) -> dict[str, Any]:
    """Read a message.

    Args:
        path: The file.
    """
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def assigned_document(assigned: AssignedBatch) -> dict[str, Any]:
    """Return an assigned batch as JSON."""
    jobs = [
        {
            "index": job.index,
            "work": _work_document(job.work),
            "input": job.input_text,
            "signature": str(job.signature),
        }
        for job in assigned.jobs
    ]
    return {"batch": _batch_document(assigned.batch), "jobs": jobs}


def parse_assigned(document: dict[str, Any]) -> AssignedBatch:
    """Read an assigned batch.

    Raises:
        InvalidInputError: A value has another form.
    """
    jobs = tuple(
        AssignedJob(
            int(each["index"]), _work(each["work"]), str(each["input"]), Signature.parse(each["signature"])
        )
        for each in document["jobs"]
    )
    return AssignedBatch(_batch(document["batch"]), jobs)


def report_document(report: Report) -> dict[str, Any]:
    """Return a report as JSON."""
    jobs = [
        {
            "index": job.index,
            "receipt": receipt_json(job.receipt),
            "signature": str(job.signature),
            "output": job.output_text,
        }
        for job in report.jobs
    ]
    return {"batch": _batch_document(report.batch), "jobs": jobs}


def parse_report(document: dict[str, Any]) -> Report:
    """Read a report.

    Raises:
        InvalidInputError: A value has another form.
    """
    jobs = tuple(
        ReportedJob(
            int(each["index"]),
            receipt_of_json(
                JsonFields(each["receipt"], "receipt", InvalidReceiptError, required=RECEIPT_MEMBERS)
            ),
            Signature.parse(each["signature"]),
            str(each["output"]),
        )
        for each in document["jobs"]
    )
    return Report(_batch(document["batch"]), jobs)


def _batch_document(batch: Batch) -> dict[str, Any]:
    return {
        "batchId": str(batch.batch_id),
        "providerId": batch.provider_id,
        "baseFee": str(batch.base_fee),
        "price": str(batch.price),
        "deadline": batch.deadline,
        "orders": format_hex(batch.packed_orders),
    }


def _batch(document: dict[str, Any]) -> Batch:
    return Batch(
        batch_id=batch_id(document["batchId"]),
        provider_id=provider_id(document["providerId"]),
        base_fee=base_fee(document["baseFee"]),
        price=price(document["price"]),
        deadline=unix_seconds(document["deadline"]),
        orders=parse_orders(parse_hex(document["orders"])),
    )


def _work_document(work: Work) -> dict[str, Any]:
    return {
        "invocationId": str(work.invocation_id),
        "attempt": work.attempt,
        "inputHash": format_hex(work.input_hash),
        "caller": str(work.caller),
        "callAuthorization": format_hex(work.call_authorization),
        "outputLimit": work.output_limit_bytes,
    }


def _work(document: dict[str, Any]) -> Work:
    return Work(
        invocation_id=InvocationId.parse(document["invocationId"]),
        attempt=int(document["attempt"]),
        input_hash=parse_bytes32(document["inputHash"]),
        caller=Address.parse(document["caller"]),
        call_authorization=parse_bytes32(document["callAuthorization"]),
        output_limit_bytes=int(document["outputLimit"]),
    )
