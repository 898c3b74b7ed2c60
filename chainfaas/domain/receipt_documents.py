"""The portable receipt: all that is needed to check, without a network, who ran what and who vouched for it.

Canonical JSON. Numbers wider than 32 bits are decimal strings, bytes are 0x hex, addresses carry checksums::

    {"assignment": {…}, "chainId": "…", "controller": "0x…", "ledger": "0x…", "operator": "0x…",
     "receipt": {…}, "schema": "chainfaas/receipt/1",
     "signatures": {"controller": "0x…", "operator": "0x…"}, "work": {…}}

The three objects have the member names of their EIP-712 types. Both signatures are over the receipt.
"""

from __future__ import annotations

from dataclasses import dataclass

from chainfaas.domain.assignments import Assignment, Work
from chainfaas.domain.canonical_json import JsonValue, encode_canonical_json, parse_canonical_json
from chainfaas.domain.encodings import format_hex, parse_bytes32
from chainfaas.domain.errors import InvalidInputError, InvalidReceiptError
from chainfaas.domain.identifiers import (
    Address,
    InvocationId,
    chain_id,
)
from chainfaas.domain.json_fields import JsonFields
from chainfaas.domain.receipts import Receipt
from chainfaas.domain.signatures import Signature
from chainfaas.domain.signed_values_json import (
    ASSIGNMENT_MEMBERS,
    RECEIPT_MEMBERS,
    assignment_json,
    assignment_of_json,
    receipt_json,
    receipt_of_json,
)
from chainfaas.domain.typed_data import SigningDomain

RECEIPT_SCHEMA = "chainfaas/receipt/1"
RECEIPT_MAX_BYTES = 8 * 1024

_NAME = "The receipt document"
_TOP = (
    "schema",
    "chainId",
    "ledger",
    "assignment",
    "work",
    "receipt",
    "controller",
    "operator",
    "signatures",
)
_WORK = ("invocationId", "attempt", "inputHash", "caller", "callAuthorization", "outputLimit")


@dataclass(frozen=True, slots=True)
class ReceiptDocument:
    """A receipt with all that its hashes stand for. Nothing in it is proved before `verify_receipt`."""

    domain: SigningDomain
    assignment: Assignment
    work: Work
    receipt: Receipt
    controller: Address
    """Whose the controller's signature is said to be."""
    operator: Address
    """Whose the provider's signature is said to be."""
    controller_signature: Signature
    operator_signature: Signature

    @property
    def canonical_bytes(self) -> bytes:
        """The document as it is handed out."""
        return encode_canonical_json(self.as_json())

    def as_json(self) -> dict[str, JsonValue]:
        """Return the document under its JSON names."""
        return {
            "schema": RECEIPT_SCHEMA,
            "chainId": str(self.domain.chain_id),
            "ledger": str(self.domain.ledger),
            "assignment": assignment_json(self.assignment),
            "work": _work_json(self.work),
            "receipt": receipt_json(self.receipt),
            "controller": str(self.controller),
            "operator": str(self.operator),
            "signatures": {
                "controller": str(self.controller_signature),
                "operator": str(self.operator_signature),
            },
        }


def parse_receipt_document(raw: bytes) -> ReceiptDocument:
    """Read a receipt document.

    Raises:
        InvalidReceiptError: it is too long or not canonical, or a member is missing, unknown or not valid.
    """
    try:
        document = _document(parse_canonical_json(raw, RECEIPT_MAX_BYTES, _NAME))
    except InvalidReceiptError:
        raise
    except InvalidInputError as fault:
        raise InvalidReceiptError(f"{_NAME} is not valid: {fault.message}") from fault
    # An address without its checksum parses, but is a second spelling of the same receipt.
    if document.canonical_bytes != raw:
        raise InvalidReceiptError(f"{_NAME} spells an address without its checksum.")
    return document


def _fields(value: JsonValue, path: str, names: tuple[str, ...]) -> JsonFields:
    return JsonFields(value, path, InvalidReceiptError, required=names)


def _document(value: JsonValue) -> ReceiptDocument:
    fields = _fields(value, "document", _TOP)
    if fields.text("schema") != RECEIPT_SCHEMA:
        raise fields.refusal("schema", f"is not {RECEIPT_SCHEMA}")
    signatures = _fields(fields.value("signatures"), "signatures", ("controller", "operator"))
    return ReceiptDocument(
        domain=SigningDomain(fields.parsed("chainId", chain_id), fields.parsed("ledger", Address.parse)),
        assignment=assignment_of_json(_fields(fields.value("assignment"), "assignment", ASSIGNMENT_MEMBERS)),
        work=_work(_fields(fields.value("work"), "work", _WORK)),
        receipt=receipt_of_json(_fields(fields.value("receipt"), "receipt", RECEIPT_MEMBERS)),
        controller=fields.parsed("controller", Address.parse),
        operator=fields.parsed("operator", Address.parse),
        controller_signature=signatures.parsed("controller", Signature.parse),
        operator_signature=signatures.parsed("operator", Signature.parse),
    )


def _work(fields: JsonFields) -> Work:
    return Work(
        invocation_id=InvocationId(fields.parsed("invocationId", parse_bytes32)),
        attempt=fields.integer("attempt"),
        input_hash=fields.parsed("inputHash", parse_bytes32),
        caller=fields.parsed("caller", Address.parse),
        call_authorization=fields.parsed("callAuthorization", parse_bytes32),
        output_limit_bytes=fields.integer("outputLimit"),
    )


def _work_json(work: Work) -> dict[str, JsonValue]:
    return {
        "invocationId": format_hex(work.invocation_id.raw),
        "attempt": work.attempt,
        "inputHash": format_hex(work.input_hash),
        "caller": str(work.caller),
        "callAuthorization": format_hex(work.call_authorization),
        "outputLimit": work.output_limit_bytes,
    }
