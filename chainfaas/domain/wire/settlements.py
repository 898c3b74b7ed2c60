"""Settlements: parts that a controller signed, for the provider to hand in at the ledger."""

from __future__ import annotations

from dataclasses import dataclass

from chainfaas.domain.amounts import base_fee, price
from chainfaas.domain.batches import Batch, Part
from chainfaas.domain.canonical_json import JsonValue
from chainfaas.domain.encodings import format_hex, parse_decimal, parse_hex
from chainfaas.domain.identifiers import MAX_BATCH_JOBS, JobId, batch_id, provider_id
from chainfaas.domain.json_fields import JsonFields
from chainfaas.domain.masks import Mask
from chainfaas.domain.orders import parse_orders
from chainfaas.domain.records import parse_records
from chainfaas.domain.signatures import Signature
from chainfaas.domain.times import unix_seconds
from chainfaas.domain.wire.errors import InvalidMessageError
from chainfaas.domain.wire.members import check_distinct, elements, job_ids, members, optional, refusing

MAX_PARTS = 2
"""Parts in one answer at most."""


@dataclass(frozen=True, slots=True)
class SettlementsRequest:
    """Body of ``POST /v1/provider/settlements``."""

    jobs: tuple[JobId, ...]
    """Jobs that were reported and are not paid yet."""

    def as_json(self) -> dict[str, JsonValue]:
        """Return the message under its JSON names."""
        return {"jobs": [str(job) for job in self.jobs]}


@dataclass(frozen=True, slots=True)
class SignedSettlement:
    """Parts of one provider and one controller, signed together in this order."""

    parts: tuple[Part, ...]
    signature: Signature
    """The controller's, over the Settlement."""

    def as_json(self) -> dict[str, JsonValue]:
        """Return the settlement under its JSON names."""
        return {"parts": [_part_json(part) for part in self.parts], "signature": str(self.signature)}


@dataclass(frozen=True, slots=True)
class SettlementsAnswer:
    """Answer to a `SettlementsRequest`."""

    settlement: SignedSettlement | None = None
    """None where there is nothing to settle now."""
    waiting: tuple[JobId, ...] = ()
    """Jobs whose batches still fill or are about to be opened."""
    settled: tuple[JobId, ...] = ()
    """Jobs that are paid, as far as the controller's own node knows."""

    def as_json(self) -> dict[str, JsonValue]:
        """Return the message under its JSON names."""
        return {
            "settlement": None if self.settlement is None else self.settlement.as_json(),
            "waiting": [str(job) for job in self.waiting],
            "settled": [str(job) for job in self.settled],
        }


def parse_settlements_request(value: JsonValue) -> SettlementsRequest:
    """Read a request for settlements.

    Raises:
        InvalidMessageError: it is malformed.
    """
    return SettlementsRequest(job_ids(members(value, "settlements", ("jobs",)), "jobs"))


def parse_settlements_answer(value: JsonValue) -> SettlementsAnswer:
    """Read the answer to a request for settlements.

    Raises:
        InvalidMessageError: it is malformed.
    """
    with refusing("settlements"):
        fields = members(value, "settlements", ("settlement", "waiting", "settled"))
        return SettlementsAnswer(
            settlement=optional(fields, "settlement", parse_signed_settlement),
            waiting=job_ids(fields, "waiting"),
            settled=job_ids(fields, "settled"),
        )


def parse_signed_settlement(value: JsonValue) -> SignedSettlement:
    """Read parts and their signature.

    Raises:
        InvalidMessageError: they are malformed, none, more than `MAX_PARTS`, or two of one batch.
    """
    with refusing("settlement"):
        fields = members(value, "settlement", ("parts", "signature"))
        parts = elements(fields, "parts", _part)
        if not 1 <= len(parts) <= MAX_PARTS:
            raise InvalidMessageError(
                f"A settlement of {len(parts)} parts does not have from 1 to {MAX_PARTS}."
            )
        check_distinct("settlement.parts", [part.batch.batch_id for part in parts])
        return SignedSettlement(parts, fields.parsed("signature", Signature.parse))


def _part(value: JsonValue) -> Part:
    fields = members(value, "part", ("batch", "mask", "records"))
    names = ("batchId", "providerId", "baseFee", "price", "deadline", "orders")
    batch = _batch(members(fields.value("batch"), "batch", names))
    bits = fields.parsed("mask", lambda text: parse_decimal(text, MAX_BATCH_JOBS, name="The mask"))
    return Part(batch, Mask(bits), parse_records(fields.parsed("records", parse_hex)))


def _batch(fields: JsonFields) -> Batch:
    return Batch(
        batch_id=fields.parsed("batchId", batch_id),
        provider_id=provider_id(fields.integer("providerId")),
        base_fee=fields.parsed("baseFee", base_fee),
        price=fields.parsed("price", price),
        deadline=unix_seconds(fields.integer("deadline"), "batch.deadline"),
        orders=parse_orders(fields.parsed("orders", parse_hex)),
    )


def _part_json(part: Part) -> dict[str, JsonValue]:
    batch = part.batch
    return {
        "batch": {
            "batchId": str(batch.batch_id),
            "providerId": batch.provider_id,
            "baseFee": str(batch.base_fee),
            "price": str(batch.price),
            "deadline": batch.deadline,
            "orders": format_hex(batch.packed_orders),
        },
        "mask": str(part.mask),
        "records": format_hex(part.packed_records),
    }
