"""How a provider's status and the offers on a network are shown to people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from chainfaas.cli.foreign_text import plain_line
from chainfaas.domain.amounts import format_tokens
from chainfaas.domain.encodings import format_hex

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chainfaas.domain.identifiers import ProviderId
    from chainfaas.domain.prices import Offer
    from chainfaas.provider.bootstrap.provider_status import ProviderStatus


def status_lines(status: ProviderStatus) -> list[str]:
    """Return what a status says at a glance."""
    process = status.process
    counts = ", ".join(f"{count} {state.value}" for state, count in sorted(status.counts.items()))
    owed = ", ".join(
        f"controller {controller}: {format_tokens(amount)}" for controller, amount in status.owed.items()
    )
    bill = "" if status.bill_ms is None else f", paid after {status.bill_ms} ms in the median"
    return [
        "does not run" if process is None else f"runs as process {process.pid}",
        f"jobs: {counts or 'none yet'}",
        f"earned: {format_tokens(status.earned)} tokens{bill}",
        f"may still come: {owed or 'nothing'}",
    ]


def jobs_table(status: ProviderStatus) -> Table:
    """Return the latest jobs, each on one line."""
    table = Table(box=None)
    for name in ("job", "state", "status", "billed ms", "cost, tokens", "transaction"):
        table.add_column(name, no_wrap=True)
    table.add_column("reason", no_wrap=True, overflow="ellipsis")
    for job in status.jobs:
        table.add_row(
            str(job.job_id),
            job.state.value,
            "" if job.status is None else job.status.name,
            "" if job.billed_ms is None else str(job.billed_ms),
            "" if job.cost is None else format_tokens(job.cost),
            "" if job.payment is None else _shortened(format_hex(job.payment.tx_hash)),
            # The controller may have put words into it, so it is no markup.
            Text(plain_line(job.reason)),
        )
    return table


def _shortened(tx_hash: str) -> str:
    return f"{tx_hash[:10]}…"


def offers_table(offers: Mapping[ProviderId, Offer]) -> Table:
    """Return what providers ask."""
    table = Table("provider", "base fee, tokens", "price per MiB·ms, base units")
    for provider, offer in offers.items():
        table.add_row(str(provider), format_tokens(offer.base_fee), str(offer.price))
    return table
