"""An audit as a table for people and as JSON for machines."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from chainfaas.domain.amounts import format_tokens
from chainfaas.domain.outcomes import Status
from examples.scripts.audit.audit import Audit
from examples.scripts.audit.job_book import JobEntry
from examples.scripts.event_fields import account, number


def audit_document(audit: Audit, block_number: int) -> dict[str, object]:
    """Return an audit as JSON values; amounts are decimal strings in base units.

    Args:
        audit: The finished audit.
        block_number: The last block that was read.
    """
    return {
        "block": block_number,
        "events": audit.events,
        "comparisons": audit.findings.comparisons,
        "jobs": [_job_document(job) for _, job in sorted(audit.jobs.jobs.items())],
        "payments": [
            {
                "providerId": number(event, "providerId"),
                "payout": str(account(event, "payout")),
                "cid": number(event, "cid"),
                "gross": str(number(event, "gross")),
                "controllerShare": str(number(event, "controllerShare")),
                "sealerShare": str(number(event, "sealerShare")),
                "block": event.block_number,
                "transaction": f"0x{event.tx_hash.hex()}",
            }
            for event in audit.jobs.payments
        ],
        "supply": {name: str(amount) for name, amount in _supply(audit).items()},
        "mismatches": [asdict(each) for each in audit.findings.mismatches],
    }


def print_audit(audit: Audit, block_number: int, console: Console) -> None:
    """Print an audit.

    Args:
        audit: The finished audit.
        block_number: The last block that was read.
        console: Where to.
    """
    console.print(_jobs_table(audit))
    console.print(_payments_table(audit))
    console.print(_supply_table(audit))
    if audit.findings.mismatches:
        console.print(_mismatches_table(audit))
    console.print(
        f"{audit.events} events up to block {block_number}, {audit.findings.comparisons} comparisons",
        style="dim",
    )
    console.print(f"{len(audit.findings.mismatches)} mismatches")


def _supply(audit: Audit) -> dict[str, int]:
    money, ledger = audit.money, audit.money.ledger
    accounts = sum(amount for account, amount in money.balances.items() if account != ledger)
    return {
        "supply": money.supply,
        "outside the ledger": money.supply - money.tokens[ledger],
        "in the ledger": money.tokens[ledger],
        "deposited": money.deposited,
        "withdrawn": money.withdrawn,
        "balances": accounts,
        "pool": money.pool,
        "escrows, free": money.free,
        "escrows, reserved": money.reserved,
        "sent without a deposit": money.unaccounted,
    }


def _job_document(job: JobEntry) -> dict[str, object]:
    return {
        "job": str(job.job_id),
        "batch": str(job.batch.batch_id),
        "cid": job.batch.cid,
        "providerId": job.batch.provider_id,
        "developer": str(job.developer),
        "versionId": job.version_id,
        "state": job.state.value,
        "status": job.status,
        "billedMs": job.billed_ms,
        "cost": str(job.cost),
    }


def _jobs_table(audit: Audit) -> Table:
    table = Table(title="Jobs", title_justify="left")
    for heading in ("controller", "provider", "developer", "state", "outcome"):
        table.add_column(heading)
    for heading in ("jobs", "tokens"):
        table.add_column(heading, justify="right")
    jobs: Counter[tuple[str, ...]] = Counter()
    costs: Counter[tuple[str, ...]] = Counter()
    for job in audit.jobs.jobs.values():
        outcome = "" if job.status is None else Status(job.status).name
        key = (
            str(job.batch.cid),
            str(job.batch.provider_id),
            str(job.developer)[:10],
            job.state.value,
            outcome,
        )
        jobs[key] += 1
        costs[key] += job.cost
    for row in sorted(jobs):
        table.add_row(*row, str(jobs[row]), format_tokens(costs[row]))
    table.add_section()
    table.add_row("", "", "", "", "all", str(jobs.total()), format_tokens(costs.total()))
    return table


def _payments_table(audit: Audit) -> Table:
    table = Table(title="Payments, in tokens", title_justify="left")
    table.add_column("provider")
    for heading in ("payments", "gross", "provider", "controllers", "sealers"):
        table.add_column(heading, justify="right")
    sums: dict[int, list[int]] = {}
    for event in audit.jobs.payments:
        row = sums.setdefault(number(event, "providerId"), [0, 0, 0, 0])
        row[0] += 1
        for place, name in enumerate(("gross", "controllerShare", "sealerShare"), start=1):
            row[place] += number(event, name)
    for provider, (count, gross, controllers, sealers) in sorted(sums.items()):
        amounts = (gross, gross - controllers - sealers, controllers, sealers)
        table.add_row(str(provider), str(count), *map(format_tokens, amounts))
    return table


def _supply_table(audit: Audit) -> Table:
    table = Table(title="Tokens", title_justify="left", show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for name, amount in _supply(audit).items():
        table.add_row(name, format_tokens(amount))
    return table


def _mismatches_table(audit: Audit) -> Table:
    table = Table(title="Mismatches", title_justify="left", title_style="bold red")
    for heading in ("check", "subject", "expected", "found", "where"):
        table.add_column(heading, overflow="fold")
    for each in audit.findings.mismatches:
        table.add_row(each.check, each.subject, each.expected, each.found, each.where)
    return table
