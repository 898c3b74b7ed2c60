"""How a provider's status and the offers on a network are shown to people."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from chainfaas.cli.foreign_text import cell
from chainfaas.domain.amounts import format_tokens
from chainfaas.domain.encodings import format_hex

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from chainfaas.domain.identifiers import ProviderId
    from chainfaas.domain.prices import Offer
    from chainfaas.provider.bootstrap.provider_account import ProviderAccount
    from chainfaas.provider.bootstrap.provider_status import ProviderStatus
    from chainfaas.provider.daemon.controller_contact import ControllerContact
    from chainfaas.provider.earnings.earnings_sums import Part
    from chainfaas.provider.earnings.failures import Failure

_LONGEST_REASON = 100
"""Characters of a reason that a table shows; `--json` has all of it."""


def status_grid(name: str, status: ProviderStatus, account: ProviderAccount | None, fault: str) -> Table:
    """Return what a status says at a glance, a line a thing.

    Args:
        name: The provider's name.
        status: What its journal says.
        account: What the chain says; none if the own node did not answer.
        fault: Why it did not.
    """
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for label, text in (*_own_rows(name, status, account), *_account_rows(name, account, fault)):
        grid.add_row(label, text)
    return grid


def failures_table(failures: Sequence[Failure]) -> Table:
    """Return how jobs failed, the most frequent way first.

    Args:
        failures: Jobs by kind.
    """
    table = Table(title="did not succeed, or was not paid", title_justify="left", box=None, pad_edge=False)
    table.add_column("jobs", justify="right")
    for name in ("status", "state", "reason"):
        table.add_column(name)
    for failure in failures:
        status = "" if failure.status is None else failure.status.name
        table.add_row(str(failure.jobs), status, failure.state.value, _reason(failure.reason))
    return table


def jobs_table(status: ProviderStatus) -> Table:
    """Return the latest jobs, each on one line.

    Args:
        status: Has them.
    """
    table = Table(title="latest jobs", title_justify="left", box=None, pad_edge=False)
    for name in ("job", "state", "status"):
        table.add_column(name)
    for name in ("billed ms", "cost, tokens"):
        table.add_column(name, justify="right")
    for name in ("block", "transaction", "reason"):
        table.add_column(name)
    for job in status.jobs:
        payment = job.payment
        table.add_row(
            str(job.job_id),
            job.state.value,
            "" if job.status is None else job.status.name,
            "" if job.billed_ms is None else str(job.billed_ms),
            "" if job.cost is None else format_tokens(job.cost),
            "" if payment is None else str(payment.block_number),
            "" if payment is None else format_hex(payment.tx_hash),
            _reason(job.reason),
        )
    return table


def offers_table(offers: Mapping[ProviderId, Offer]) -> Table:
    """Return what providers ask.

    Args:
        offers: The offers by provider.
    """
    table = Table("provider", "base fee, tokens", "price per MiB·ms, base units")
    for provider, offer in offers.items():
        table.add_row(str(provider), format_tokens(offer.base_fee), str(offer.price))
    return table


def contact_text(contact: ControllerContact, now_seconds: float) -> Text:
    """Return how it stands with a controller, on one line.

    Args:
        contact: The contact.
        now_seconds: This machine's Unix time.
    """
    since = "no poll answered yet"
    if contact.polled_at_ms is not None:
        since = f"last poll {max(0, round(now_seconds - contact.polled_at_ms / 1_000))} s ago"
    if contact.fault:
        return Text(cell(f"{contact.url}: {since}; {contact.fault}").plain, style="bold red")
    if not contact.is_logged_in:
        return Text(f"{contact.url}: not logged in yet", style="yellow")
    return Text(f"{contact.url}: logged in, {since}")


def _own_rows(
    name: str, status: ProviderStatus, account: ProviderAccount | None
) -> Iterator[tuple[str, Text | str]]:
    earnings, process = status.earnings, status.process
    running = Text("does not run", style="yellow")
    if process is not None:
        running = Text(f"runs as process {process.pid}", style="green")
    yield name, running
    if status.live is not None:
        ready = ", ".join(f"{count} of version {version}" for version, count in status.live.ready.items())
        yield "ready sandboxes", ready or "none"
        yield "running jobs", str(status.live.running)
        for contact in status.live.controllers:
            yield "controller", contact_text(contact, time.time())
    counts = ", ".join(f"{count} {state.value}" for state, count in sorted(status.counts.items()))
    yield "jobs", counts or "none yet"
    bill = "" if status.bill_ms is None else f"; {status.bill_ms} ms after the run in the median"
    if account is None:
        yield "paid", f"{_part(earnings.paid)}, commission included{bill}"
    else:
        net = format_tokens(earnings.paid_net(account.commission_bps))
        yield "paid", f"{net} tokens for {_jobs(earnings.paid.jobs)}, after commission{bill}"
    yield "on its way", _part(earnings.under_way)
    yield "unclaimed", _part(earnings.unclaimed)
    if earnings.unconfirmed.jobs:
        yield "unconfirmed", f"at most {_part(earnings.unconfirmed)}"


def _account_rows(name: str, account: ProviderAccount | None, fault: str) -> Iterator[tuple[str, Text | str]]:
    if account is None:
        yield "own node", Text(cell(f"does not answer: {fault}").plain, style="yellow")
        return
    yield "in the ledger", f"{format_tokens(account.withdrawable)} tokens of {account.payout}"
    if account.withdrawable:
        yield "", f"→ chainfaas provider withdraw {name}"
    coin = f"{format_tokens(account.coin_wei)} of the operator {account.operator}"
    if account.is_low_on_coin:
        low = (
            f"{coin}: LOW, claims stop without; send it some, {format_tokens(account.low_coin_wei)} at least"
        )
        yield "coin", Text(low, style="bold red")
    else:
        yield "coin", coin
    offer = account.offer
    yield "asks", f"{format_tokens(offer.base_fee)} tokens a job and {offer.price} base units per MiB·ms"


def _part(part: Part) -> str:
    return f"{format_tokens(part.amount)} tokens for {_jobs(part.jobs)}" if part.jobs else "nothing"


def _jobs(count: int) -> str:
    return "1 job" if count == 1 else f"{count:,} jobs"


def _reason(reason: str) -> Text:
    # The controller may have put words into it, so it is no markup.
    shown = reason if len(reason) <= _LONGEST_REASON else reason[: _LONGEST_REASON - 1] + "…"
    return cell(shown)
