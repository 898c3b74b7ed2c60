"""What is kept of a job's report, and of what the controller made of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chainfaas.controller.storage.stored_content import StoredContent
from chainfaas.domain.amounts import TokenAmount
from chainfaas.domain.outcomes import Status, may_be_offered_again
from chainfaas.domain.receipts import Receipt
from chainfaas.domain.records import Record
from chainfaas.domain.signatures import Signature

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Row

    from chainfaas.domain.canonical_json import JsonValue
    from chainfaas.domain.identifiers import Address


@dataclass(frozen=True, slots=True)
class CallTimes:
    """Times of one call in microseconds; no difference of two machines' clocks is in any of them.

    Attributes:
        processing_us: Controller's clock: request in to assignment written (``T_prc``).
        provisioning_us: The former, and on the provider's clock assignment in to start (``T_prv``).
        response_us: Controller's clock: request in to result stored (``T_rsp``).
    """

    processing_us: int
    provisioning_us: int
    response_us: int


@dataclass(frozen=True, slots=True)
class JobEnd:
    """The end of a job.

    Attributes:
        receipt: What the provider states.
        record: What the chain learns.
        cost: What it costs, in base units.
        operator: Whose the provider's signature is.
        operator_signature: The provider's, over the receipt.
        controller_signature: Ours, over the receipt.
        metrics: What the provider measured.
        sandbox: The limits that were in force.
        reason: A sentence for people.
        output: The output.
        log: The log.
        times: How long the call took so far.
    """

    receipt: Receipt
    record: Record
    cost: TokenAmount
    operator: Address
    operator_signature: Signature
    controller_signature: Signature
    metrics: Mapping[str, int]
    sandbox: Mapping[str, JsonValue]
    reason: str
    output: StoredContent
    log: StoredContent
    times: CallTimes

    @property
    def was_for_room(self) -> bool:
        """Whether its provider had no room, and may have the same call later."""
        return may_be_offered_again(self.receipt.status, self.reason)


def end_columns(end: JobEnd) -> dict[str, Any]:
    """Return an end as its columns hold it.

    Args:
        end: The end.
    """
    return _receipt_columns(end.receipt) | {
        "billed_ms": end.record.billed_ms,
        "receipt_hash": end.record.receipt_hash,
        "cost": end.cost,
        "operator": end.operator,
        "operator_signature": end.operator_signature.raw,
        "controller_signature": end.controller_signature.raw,
        "metrics": json.dumps(end.metrics),
        "sandbox": json.dumps(end.sandbox),
        "reason": end.reason,
        "output": end.output.inline,
        "output_reference": end.output.reference,
        "output_size_bytes": end.output.size_bytes,
        "log": end.log.inline,
        "log_reference": end.log.reference,
        "log_size_bytes": end.log.size_bytes,
        "processing_us": end.times.processing_us,
        "provisioning_us": end.times.provisioning_us,
        "response_us": end.times.response_us,
    }


def end_of_row(row: Row[Any]) -> JobEnd:
    """Return the end that a job's row holds.

    Args:
        row: A row of a job that ended.
    """
    return JobEnd(
        receipt=Receipt(
            assignment_hash=row.assignment_hash,
            status=Status(row.status),
            exit_code=row.exit_code,
            run_ms=row.run_ms,
            output_hash=row.output_hash,
            log_hash=row.log_hash,
            metrics_hash=row.metrics_hash,
            sandbox_hash=row.sandbox_hash,
        ),
        record=Record(Status(row.status), row.billed_ms, row.receipt_hash),
        cost=TokenAmount(row.cost),
        operator=row.operator,
        operator_signature=Signature(row.operator_signature),
        controller_signature=Signature(row.controller_signature),
        metrics=json.loads(row.metrics),
        sandbox=json.loads(row.sandbox),
        reason=row.reason,
        output=_content(row.output_size_bytes, row.output, row.output_reference),
        log=_content(row.log_size_bytes, row.log, row.log_reference),
        times=CallTimes(row.processing_us, row.provisioning_us, row.response_us),
    )


def _receipt_columns(receipt: Receipt) -> dict[str, Any]:
    return {
        "assignment_hash": receipt.assignment_hash,
        "status": receipt.status.value,
        "exit_code": receipt.exit_code,
        "run_ms": receipt.run_ms,
        "output_hash": receipt.output_hash,
        "log_hash": receipt.log_hash,
        "metrics_hash": receipt.metrics_hash,
        "sandbox_hash": receipt.sandbox_hash,
    }


def _content(size_bytes: int, inline: bytes | None, reference: str | None) -> StoredContent:
    return StoredContent(size_bytes, None if inline is None else bytes(inline), reference)
