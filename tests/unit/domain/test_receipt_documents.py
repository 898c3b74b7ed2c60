from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainfaas.domain.amounts import BaseFee, Price
from chainfaas.domain.assignments import NO_CALL_AUTHORIZATION, Assignment, Work
from chainfaas.domain.canonical_json import encode_canonical_json
from chainfaas.domain.content_hashes import content_hash
from chainfaas.domain.encodings import Bytes32
from chainfaas.domain.errors import InvalidReceiptError
from chainfaas.domain.identifiers import (
    ZERO_ADDRESS,
    Address,
    ChainId,
    InvocationId,
    ProviderId,
    VersionId,
    job_id,
)
from chainfaas.domain.outcomes import Status
from chainfaas.domain.receipt_documents import (
    RECEIPT_MAX_BYTES,
    ReceiptDocument,
    parse_receipt_document,
)
from chainfaas.domain.receipts import Receipt
from chainfaas.domain.signatures import Signature, SigningKey
from chainfaas.domain.times import UnixSeconds
from chainfaas.domain.typed_data import SigningDomain, hash_assignment, hash_receipt, hash_work
from chainfaas.domain.verify_receipt import (
    NOTHING_EXPECTED,
    ReceiptExpectations,
    ReceiptFault,
    verify_receipt,
)
from tests.unit.domain import strategies as some

CONTROLLER = SigningKey(bytes(31) + b"\x01")
OPERATOR = SigningKey(bytes(31) + b"\x02")
OUTPUT = b"42\n"
HASH = Bytes32(b"\xcd" * 32)
DOMAIN = SigningDomain(ChainId(271828), Address(b"\xaf" * 20))
ASSIGNMENT = Assignment(
    job_id((1 << 42) << 6),
    VersionId(3),
    ProviderId(2),
    BaseFee(5),
    Price(7),
    UnixSeconds(1_800_000_000),
    HASH,
)
WORK = Work(InvocationId(bytes(range(32))), 1, HASH, Address(b"\x0c" * 20), NO_CALL_AUTHORIZATION, 1_000)
RECEIPT = Receipt(HASH, Status.FUNCTION_ERROR, -1, 12, HASH, HASH, HASH, HASH)


def sign(
    domain: SigningDomain = DOMAIN,
    assignment: Assignment = ASSIGNMENT,
    work: Work = WORK,
    receipt: Receipt = RECEIPT,
) -> ReceiptDocument:
    assignment = replace(assignment, details=hash_work(work))
    receipt = replace(
        receipt,
        assignment_hash=hash_assignment(assignment),
        output_hash=content_hash(work.invocation_id, OUTPUT),
    )
    digest = domain.digest(hash_receipt(receipt))
    return ReceiptDocument(
        domain=domain,
        assignment=assignment,
        work=work,
        receipt=receipt,
        controller=CONTROLLER.address,
        operator=OPERATOR.address,
        controller_signature=CONTROLLER.sign(digest),
        operator_signature=OPERATOR.sign(digest),
    )


DOCUMENT = sign()
documents = st.builds(
    sign, domain=some.domains, assignment=some.assignments, work=some.works, receipt=some.receipts
)


def faults(
    document: ReceiptDocument, expected: ReceiptExpectations = NOTHING_EXPECTED
) -> tuple[ReceiptFault, ...]:
    return verify_receipt(document, expected).faults


@given(documents)
def test_parse_receipt_document__any__comes_back_and_verifies(document: ReceiptDocument) -> None:
    raw = document.canonical_bytes
    assert len(raw) <= RECEIPT_MAX_BYTES
    parsed = parse_receipt_document(raw)
    assert parsed == document
    verification = verify_receipt(
        parsed,
        ReceiptExpectations(document.domain, CONTROLLER.address, OPERATOR.address, OUTPUT),
    )
    assert verification.is_valid
    assert verification.receipt_hash == hash_receipt(document.receipt)


@pytest.mark.parametrize("flipped", [0x01, 0x02, 0x04, 0x10, 0x20])
def test_verify_receipt__any_one_byte_changed__fails(flipped: int) -> None:
    raw = DOCUMENT.canonical_bytes
    for position in range(len(raw)):
        changed = bytearray(raw)
        changed[position] ^= flipped
        try:
            document = parse_receipt_document(bytes(changed))
        except InvalidReceiptError:
            continue
        assert not verify_receipt(document).is_valid, f"byte {position}"


def test_verify_receipt__other_work__faulted() -> None:
    assert faults(replace(DOCUMENT, work=replace(WORK, attempt=2))) == (ReceiptFault.WORK_MISMATCH,)


def test_verify_receipt__other_assignment__faulted() -> None:
    assignment = replace(DOCUMENT.assignment, price=Price(8))
    assert faults(replace(DOCUMENT, assignment=assignment)) == (ReceiptFault.ASSIGNMENT_MISMATCH,)


def test_verify_receipt__other_receipt__both_signatures_faulted() -> None:
    receipt = replace(DOCUMENT.receipt, run_ms=13)
    assert faults(replace(DOCUMENT, receipt=receipt)) == (
        ReceiptFault.OPERATOR_SIGNATURE,
        ReceiptFault.CONTROLLER_SIGNATURE,
    )


def test_verify_receipt__signatures_exchanged__both_faulted() -> None:
    exchanged = replace(
        DOCUMENT,
        controller_signature=DOCUMENT.operator_signature,
        operator_signature=DOCUMENT.controller_signature,
    )
    assert len(faults(exchanged)) == 2


def test_verify_receipt__signature_that_nobody_can_have_made__faulted() -> None:
    nobody = Signature((5).to_bytes(32, "big") + (1).to_bytes(32, "big") + b"\x1b")
    assert faults(replace(DOCUMENT, operator_signature=nobody)) == (ReceiptFault.OPERATOR_SIGNATURE,)


@pytest.mark.parametrize(
    ("expected", "fault"),
    [
        (ReceiptExpectations(output=OUTPUT + b" "), ReceiptFault.OUTPUT_MISMATCH),
        (ReceiptExpectations(operator=ZERO_ADDRESS), ReceiptFault.OTHER_OPERATOR),
        (ReceiptExpectations(controller=OPERATOR.address), ReceiptFault.OTHER_CONTROLLER),
        (ReceiptExpectations(SigningDomain(ChainId(1), DOMAIN.ledger)), ReceiptFault.OTHER_NETWORK),
        (ReceiptExpectations(SigningDomain(DOMAIN.chain_id, ZERO_ADDRESS)), ReceiptFault.OTHER_NETWORK),
    ],
)
def test_verify_receipt__not_as_expected__faulted(expected: ReceiptExpectations, fault: ReceiptFault) -> None:
    assert faults(DOCUMENT, expected) == (fault,)


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        (("schema",), "chainfaas/receipt/2", "schema"),
        (("chainId",), 271828, "chainId"),
        (("chainId",), "0", "chainId"),
        (("ledger",), "0x00", "ledger"),
        (("assignment",), [], "assignment"),
        (("assignment", "jobId"), "1", "jobId"),
        (("assignment", "versionId"), 0, "version id"),
        (("assignment", "versionId"), "1", "versionId"),
        (("assignment", "baseFee"), "18446744073709551616", "baseFee"),
        (("assignment", "price"), 7, "price"),
        (("assignment", "deadline"), -1, "deadline"),
        (("assignment", "details"), "0x00", "details"),
        (("work", "attempt"), 0, "attempt"),
        (("work", "attempt"), True, "attempt"),
        (("work", "caller"), "", "caller"),
        (("receipt", "status"), 10, "status"),
        (("receipt", "exitCode"), 2**31, "exit code"),
        (("receipt", "runMs"), 2**32, "run time"),
        (("signatures", "operator"), "0x" + "00" * 64, "operator.*64"),
        (("signatures", "witness"), "0x", "witness"),
    ],
)
def test_parse_receipt_document__member_not_valid__refused_by_its_name(
    path: tuple[str, ...], value: object, named: str
) -> None:
    members: Any = json.loads(DOCUMENT.canonical_bytes)
    inner = members
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value
    with pytest.raises(InvalidReceiptError, match=named):
        parse_receipt_document(encode_canonical_json(members))


def test_parse_receipt_document__member_missing__refused_by_its_name() -> None:
    members = {name: value for name, value in DOCUMENT.as_json().items() if name != "work"}
    with pytest.raises(InvalidReceiptError, match="work"):
        parse_receipt_document(encode_canonical_json(members))


def test_parse_receipt_document__address_without_checksum__refused() -> None:
    raw = DOCUMENT.canonical_bytes.replace(
        str(CONTROLLER.address).encode(), str(CONTROLLER.address).lower().encode()
    )
    with pytest.raises(InvalidReceiptError, match="checksum"):
        parse_receipt_document(raw)


def test_parse_receipt_document__too_long__refused() -> None:
    with pytest.raises(InvalidReceiptError, match="bytes long"):
        parse_receipt_document(b" " * (RECEIPT_MAX_BYTES + 1))
