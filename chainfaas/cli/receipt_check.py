"""Checking a receipt file from bytes alone, and what was checked as a table for people."""

from __future__ import annotations

from dataclasses import dataclass

from rich.table import Table
from rich.text import Text

from chainfaas.cli.foreign_text import cell
from chainfaas.domain.encodings import format_hex
from chainfaas.domain.errors import InvalidReceiptError
from chainfaas.domain.outcomes import status
from chainfaas.domain.receipt_documents import ReceiptDocument, parse_receipt_document
from chainfaas.domain.verify_receipt import ReceiptExpectations, ReceiptFault, verify_receipt


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: Stable kebab-case name; a fault's where a fault can come of it.
        what: What has to hold, in words.
        holds: Whether it does.
    """

    name: str
    what: str
    holds: bool


@dataclass(frozen=True, slots=True)
class ReceiptCheck:
    """What came out for one file.

    Attributes:
        document: The receipt; ``None`` where the bytes are none.
        receipt_hash: What the job's record on chain has to carry, ``0x`` hex; empty without a document.
        checks: Everything that was looked at, in order.
    """

    document: ReceiptDocument | None
    receipt_hash: str
    checks: tuple[Check, ...]

    @property
    def is_valid(self) -> bool:
        """Whether everything holds."""
        return all(check.holds for check in self.checks)

    def as_json(self) -> dict[str, object]:
        """Return the outcome for a machine."""
        found: dict[str, object] = {"valid": self.is_valid, "receiptHash": self.receipt_hash or None}
        if self.document is not None:
            found |= {name: text for name, _, text in _facts(self.document)}
        found["checks"] = [
            {"name": check.name, "what": check.what, "holds": check.holds} for check in self.checks
        ]
        return found


def check_receipt(raw: bytes, expected: ReceiptExpectations) -> ReceiptCheck:
    """Check the bytes of a receipt file; no network is asked.

    Args:
        raw: The whole file.
        expected: What the reader knows from elsewhere.
    """
    try:
        document = parse_receipt_document(raw)
    except InvalidReceiptError as fault:
        what = f"a receipt in canonical form: {fault.message}"
        return ReceiptCheck(None, "", (Check("form", what, holds=False),))
    outcome = verify_receipt(document, expected)
    checks = (
        Check("form", "a receipt in canonical form", holds=True),
        *(
            Check(fault.value, what, fault not in outcome.faults)
            for fault, what in _looked_at(document, expected)
        ),
    )
    return ReceiptCheck(document, format_hex(outcome.receipt_hash), checks)


def receipt_tables(check: ReceiptCheck) -> list[Table]:
    """Return what the receipt says, and what was checked.

    Args:
        check: What came out.
    """
    tables = []
    if check.document is not None:
        facts = Table(show_header=False, box=None, pad_edge=False)
        facts.add_column(style="dim")
        facts.add_column(overflow="fold")
        for _, label, text in _facts(check.document):
            facts.add_row(label, cell(text))
        facts.add_row("receipt hash", cell(check.receipt_hash))
        tables.append(facts)
    looked = Table(box=None, pad_edge=False)
    looked.add_column("holds")
    looked.add_column("checked", overflow="fold")
    for each in check.checks:
        mark = Text("yes", style="green") if each.holds else Text("NO", style="bold red")
        looked.add_row(mark, cell(each.what))
    return [*tables, looked]


def _looked_at(document: ReceiptDocument, expected: ReceiptExpectations) -> list[tuple[ReceiptFault, str]]:
    rows = [
        (ReceiptFault.WORK_MISMATCH, "the assignment is for this work", True),
        (ReceiptFault.ASSIGNMENT_MISMATCH, "the receipt is for this assignment", True),
        (ReceiptFault.OUTPUT_MISMATCH, "the output is what the receipt vouches for", expected.output),
        (ReceiptFault.OPERATOR_SIGNATURE, f"signed by the provider's operator {document.operator}", True),
        (ReceiptFault.CONTROLLER_SIGNATURE, f"signed by the controller {document.controller}", True),
        (ReceiptFault.OTHER_OPERATOR, f"the operator is {expected.operator}", expected.operator),
        (ReceiptFault.OTHER_CONTROLLER, f"the controller is {expected.controller}", expected.controller),
        (ReceiptFault.OTHER_NETWORK, "chain and ledger are the expected ones", expected.domain),
    ]
    return [(fault, what) for fault, what, asked in rows if asked is not None]


def _facts(document: ReceiptDocument) -> list[tuple[str, str, str]]:
    """Return JSON name, label and value of each thing worth reading; all of it is digits, hex or a name."""
    receipt, assignment = document.receipt, document.assignment
    return [
        ("job", "job", str(assignment.job_id)),
        ("invocation", "invocation", str(document.work.invocation_id)),
        ("attempt", "attempt", str(document.work.attempt)),
        ("status", "status", status(receipt.status).name),
        ("exitCode", "exit code", str(receipt.exit_code)),
        ("runMs", "run, ms", str(receipt.run_ms)),
        ("version", "function version", str(assignment.version_id)),
        ("provider", "provider", str(assignment.provider_id)),
        ("operator", "operator", str(document.operator)),
        ("controller", "controller", str(document.controller)),
        ("chainId", "chain", str(document.domain.chain_id)),
        ("ledger", "ledger", str(document.domain.ledger)),
    ]
