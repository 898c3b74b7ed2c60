"""A provider's statement as CSV, as JSON and as a table."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TextIO

from rich.table import Table

from chainfaas.domain.amounts import format_tokens
from chainfaas.domain.encodings import format_hex

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chainfaas.provider.earnings.statement import Statement, StatementLine, Sums

CSV_COLUMNS = (
    "job",
    "controller",
    "version",
    "status",
    "state",
    "billedMs",
    "cost",
    "commission",
    "paid",
    "paidTokens",
    "transaction",
    "block",
    "time",
)
"""Names of the CSV's columns, which are those of JSON too. No field is text that a stranger chose."""


def write_csv(statement: Statement, target: TextIO) -> None:
    """Write a statement as CSV (RFC 4180 but for its line ends) with a line of names first.

    Args:
        statement: The statement.
        target: Where to.
    """
    writer = csv.DictWriter(target, CSV_COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(_fields(line) for line in statement.lines)


def document(statement: Statement) -> dict[str, object]:
    """Return a statement as JSON: amounts are base units, as text, like everywhere.

    Args:
        statement: The statement.
    """
    sums, period = statement.sums, statement.period
    return {
        "provider": statement.provider_id,
        "from": None if period.first is None else _time_text(period.first),
        "until": None if period.end is None else _time_text(period.end),
        "lines": [_fields(line) for line in statement.lines],
        "sums": {
            "jobs": sums.jobs,
            "paidJobs": sums.paid_jobs,
            "cost": str(sums.cost),
            "commission": str(sums.commission),
            "paid": str(sums.paid),
            "paidTokens": format_tokens(sums.paid),
        },
    }


def table(statement: Statement) -> Table:
    """Return a statement for people, amounts in tokens.

    Args:
        statement: The statement.
    """
    shown = Table(box=None, pad_edge=False)
    for name in ("time", "job", "controller", "version", "status"):
        shown.add_column(name)
    for name in ("billed ms", "cost", "commission", "paid, tokens"):
        shown.add_column(name, justify="right")
    for name in ("block", "transaction"):
        shown.add_column(name)
    for line in statement.lines:
        payment = line.payment
        amounts = (
            ("", "", line.state.value)
            if payment is None
            else tuple(map(format_tokens, (payment.cost, payment.commission, payment.paid)))
        )
        shown.add_row(
            _time_text(line.at),
            str(line.job_id),
            str(line.controller_id),
            str(line.version_id),
            "" if line.status is None else line.status.name,
            "" if line.billed_ms is None else str(line.billed_ms),
            *amounts,
            "" if payment is None else str(payment.block_number),
            "" if payment is None else format_hex(payment.tx_hash),
        )
    return shown


def sums_line(sums: Sums) -> str:
    """Return what a statement adds up to, as one line.

    Args:
        sums: The sums.
    """
    jobs = "1 job" if sums.jobs == 1 else f"{sums.jobs:,} jobs"
    return (
        f"{jobs}, {sums.paid_jobs:,} of them paid: {format_tokens(sums.cost)} tokens less "
        f"{format_tokens(sums.commission)} commission are {format_tokens(sums.paid)} tokens"
    )


def _fields(line: StatementLine) -> Mapping[str, object]:
    payment = line.payment
    return {
        "job": str(line.job_id),
        "controller": line.controller_id,
        "version": line.version_id,
        "status": None if line.status is None else line.status.name,
        "state": line.state.value,
        "billedMs": line.billed_ms,
        "cost": None if payment is None else str(payment.cost),
        "commission": None if payment is None else str(payment.commission),
        "paid": None if payment is None else str(payment.paid),
        "paidTokens": None if payment is None else format_tokens(payment.paid),
        "transaction": None if payment is None else format_hex(payment.tx_hash),
        "block": None if payment is None else payment.block_number,
        "time": _time_text(line.at),
    }


def _time_text(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
