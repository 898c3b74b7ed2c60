"""Checking a receipt document with nothing but its own bytes, and what the reader knows of the network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from chainfaas.domain.content_hashes import content_hash
from chainfaas.domain.encodings import Bytes32
from chainfaas.domain.errors import SignatureError
from chainfaas.domain.identifiers import Address
from chainfaas.domain.receipt_documents import ReceiptDocument
from chainfaas.domain.signatures import Signature, recover_signer
from chainfaas.domain.typed_data import SigningDomain, hash_assignment, hash_receipt, hash_work


class ReceiptFault(StrEnum):
    """Why a receipt document proves nothing."""

    WORK_MISMATCH = "work-mismatch"
    """The assignment's details are not the hash of the work."""
    ASSIGNMENT_MISMATCH = "assignment-mismatch"
    """The receipt is for another assignment."""
    OUTPUT_MISMATCH = "output-mismatch"
    """The output that was handed in is not the one in the receipt."""
    OPERATOR_SIGNATURE = "operator-signature"
    """The stated operator did not sign this receipt."""
    CONTROLLER_SIGNATURE = "controller-signature"
    """The stated controller did not sign this receipt."""
    OTHER_OPERATOR = "other-operator"
    """The operator is not the one that the reader expects."""
    OTHER_CONTROLLER = "other-controller"
    """The controller is not the one that the reader expects."""
    OTHER_NETWORK = "other-network"
    """Chain id or ledger are not those that the reader expects."""


@dataclass(frozen=True, slots=True)
class ReceiptExpectations:
    """What the reader knows from elsewhere; what is None is taken as the document states it.

    A document that somebody made up and signed with keys of their own has no fault by itself: only these
    expectations, or the chain, tell who the signers should be.
    """

    domain: SigningDomain | None = None
    controller: Address | None = None
    operator: Address | None = None
    output: bytes | None = None


@dataclass(frozen=True, slots=True)
class ReceiptVerification:
    """What came out."""

    receipt_hash: Bytes32
    """What the job's record on chain has to carry."""
    faults: tuple[ReceiptFault, ...]

    @property
    def is_valid(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


NOTHING_EXPECTED = ReceiptExpectations()


def verify_receipt(
    document: ReceiptDocument, expected: ReceiptExpectations = NOTHING_EXPECTED
) -> ReceiptVerification:
    """Check every hash and both signatures of a receipt document.

    Args:
        document: From `parse_receipt_document`, which refuses every other spelling.
        expected: What the reader knows from elsewhere.

    Returns:
        The receipt's hash and all faults, in the order of `ReceiptFault`.
    """
    receipt_hash = hash_receipt(document.receipt)
    found = {*_content_faults(document, expected), *_signature_faults(document, receipt_hash)}
    found |= set(_expectation_faults(document, expected))
    return ReceiptVerification(receipt_hash, tuple(fault for fault in ReceiptFault if fault in found))


def _content_faults(document: ReceiptDocument, expected: ReceiptExpectations) -> Iterator[ReceiptFault]:
    if document.assignment.details != hash_work(document.work):
        yield ReceiptFault.WORK_MISMATCH
    if document.receipt.assignment_hash != hash_assignment(document.assignment):
        yield ReceiptFault.ASSIGNMENT_MISMATCH
    if expected.output is not None:
        output_hash = content_hash(document.work.invocation_id, expected.output)
        if output_hash != document.receipt.output_hash:
            yield ReceiptFault.OUTPUT_MISMATCH


def _signature_faults(document: ReceiptDocument, receipt_hash: Bytes32) -> Iterator[ReceiptFault]:
    digest = document.domain.digest(receipt_hash)
    if not _is_signed_by(digest, document.operator_signature, document.operator):
        yield ReceiptFault.OPERATOR_SIGNATURE
    if not _is_signed_by(digest, document.controller_signature, document.controller):
        yield ReceiptFault.CONTROLLER_SIGNATURE


def _expectation_faults(document: ReceiptDocument, expected: ReceiptExpectations) -> Iterator[ReceiptFault]:
    if expected.operator not in (None, document.operator):
        yield ReceiptFault.OTHER_OPERATOR
    if expected.controller not in (None, document.controller):
        yield ReceiptFault.OTHER_CONTROLLER
    if expected.domain not in (None, document.domain):
        yield ReceiptFault.OTHER_NETWORK


def _is_signed_by(digest: Bytes32, signature: Signature, stated: Address) -> bool:
    try:
        return recover_signer(digest, signature) == stated
    except SignatureError:
        return False
