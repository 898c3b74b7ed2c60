"""The demonstration's account: what was called, where it ran, how long it took, who paid whom what."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from chainfaas.cli.foreign_text import cell, plain_bytes
from chainfaas.domain.amounts import TokenAmount, format_tokens
from chainfaas.domain.identifiers import JobId
from chainfaas.domain.outcomes import Status
from tools.demo.calls import CallRecord
from tools.demo.payments import Claim, JobPayment

_PNG = b"\x89PNG\r\n\x1a\n"
_SHOWN_CHARACTERS = 90
_US_PER_MS = 1_000
_NUMBERS = frozenset({"before", "after", "change", "gross", "commission"})


@dataclass(frozen=True)
class Account:
    """Everything that is printed.

    Attributes:
        calls: The calls, in the order in which they were made.
        payments: Their payments, in the same order.
        bills_us: `T_bil` of jobs, by the providers' own clocks.
        claims: The transactions that paid.
        before: Balances before the calls, by party.
        after: Balances when all was paid.
        pictures: Where pictures were written, by the call's job.
    """

    calls: Sequence[CallRecord]
    payments: Sequence[JobPayment]
    bills_us: Mapping[JobId, int]
    claims: Sequence[Claim]
    before: Mapping[str, TokenAmount]
    after: Mapping[str, TokenAmount]
    pictures: Mapping[JobId, Path]

    @property
    def failures(self) -> list[str]:
        """What is not as it should be, a sentence each."""
        found = [
            f"{call.function} ended {call.status.name} instead of {call.expected.name} (job {call.job})."
            for call in self.calls
            if not call.is_as_expected
        ]
        found += [f"Job {payment.job} is not paid." for payment in self.payments if not payment.is_paid]
        paid = {call.provider for call, payment in self._pairs if payment.is_paid}
        if len(paid) < 2:
            found.append("Only one of the providers was paid.")
        ways = {payment.path for payment in self.payments}
        found += [f"No job took the path {way!r}." for way in ("fast", "opened") if way not in ways]
        return [*found, *self._book_failures()]

    def document(self) -> dict[str, object]:
        """Return the jobs for a machine; amounts are base units, times milliseconds."""
        return {"jobs": [self._job_document(call, payment) for call, payment in self._pairs]}

    def show(self, console: Console) -> None:
        """Print everything.

        Args:
            console: Where.
        """
        for table in (self._results_table(), self._times_table(), self._money_table(), self._claims_table()):
            console.print()
            console.print(table)

    @property
    def _pairs(self) -> list[tuple[CallRecord, JobPayment]]:
        return list(zip(self.calls, self.payments, strict=True))

    def _book_failures(self) -> list[str]:
        escrow = next(iter(self.before))
        spent = self.before[escrow] - self.after[escrow]
        costs = sum(payment.cost for payment in self.payments)
        if spent == costs:
            return []
        return [f"The escrow went down by {format_tokens(spent)}, but the jobs cost {format_tokens(costs)}."]

    def _job_document(self, call: CallRecord, payment: JobPayment) -> dict[str, object]:
        times: dict[str, float | None] = {
            name: round(duration / _US_PER_MS, 3) for name, duration in call.times_us.items()
        }
        bill = self.bills_us.get(call.job)
        times["bil"] = None if bill is None else round(bill / _US_PER_MS, 3)
        return {
            "job": str(call.job),
            "invocation": str(call.invocation),
            "function": call.function,
            "provider": call.provider,
            "path": payment.path,
            "status": call.status.name,
            "cost": str(payment.cost),
            "paid": payment.is_paid,
            "block": payment.block,
            "transaction": payment.transaction,
            "timesMs": times,
        }

    def _results_table(self) -> Table:
        table = _table("What was called", "function", "status", "provider", "result")
        for call in self.calls:
            table.add_row(call.function, call.status.name, str(call.provider), cell(self._result(call)))
        return table

    def _result(self, call: CallRecord) -> str:
        picture = self.pictures.get(call.job)
        if picture is not None:
            return f"a picture of {len(call.output):,} bytes: {picture}"
        lines = plain_bytes(call.output).strip().splitlines() or ["(nothing)"]
        text = lines[0] if call.status is Status.SUCCEEDED else f"log: {lines[-1]}"
        return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]} ..."

    def _times_table(self) -> Table:
        names = ("prc", "prv", "cmp", "rsp")
        headings = ("function", "job", "path", *(f"T_{name}" for name in (*names, "bil")), "cost in tokens")
        table = _table("Where the time went, in ms, and what it cost", *headings)
        for call, payment in self._pairs:
            times = [_milliseconds(call.times_us.get(name)) for name in names]
            times.append(_milliseconds(self.bills_us.get(call.job)))
            table.add_row(call.function, str(call.job), payment.path, *times, format_tokens(payment.cost))
        return table

    def _money_table(self) -> Table:
        table = _table("Balances in the ledger, in tokens", "whose", "before", "after", "change")
        for name, before in self.before.items():
            after = self.after[name]
            change = ("+" if after > before else "") + format_tokens(after - before)
            table.add_row(name, format_tokens(before), format_tokens(after), change)
        return table

    def _claims_table(self) -> Table:
        table = _table("The transactions that paid", "transaction", "provider", "gross", "commission")
        for claim in self.claims:
            commission = format_tokens(claim.commission)
            table.add_row(claim.transaction, str(claim.provider), format_tokens(claim.gross), commission)
        return table


def write_document(path: Path, account: Account) -> None:
    """Write the jobs of this run for whoever looks at them afterwards.

    Args:
        path: Where.
        account: The account.
    """
    path.write_text(json.dumps(account.document(), indent=2) + "\n", encoding="utf-8")


def save_pictures(folder: Path, calls: Sequence[CallRecord]) -> dict[JobId, Path]:
    """Write the outputs that are pictures into files.

    Args:
        folder: Where; made if absent.
        calls: The calls.

    Returns:
        The files, by job.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    written: dict[JobId, Path] = {}
    for call in calls:
        if call.output.startswith(_PNG):
            path = folder / f"{call.function}.png"
            path.write_bytes(call.output)
            written[call.job] = path
    return written


def _table(title: str, *headings: str) -> Table:
    table = Table(title=f"[bold]{title}[/]", title_justify="left", box=None, pad_edge=False)
    for heading in headings:
        is_number = heading.startswith("T_") or heading in _NUMBERS
        table.add_column(heading, overflow="fold", justify="right" if is_number else "left")
    return table


def _milliseconds(microseconds: int | None) -> str:
    return "-" if microseconds is None else f"{microseconds / _US_PER_MS:,.1f}"
