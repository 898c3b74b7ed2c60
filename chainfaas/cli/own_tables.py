"""What somebody owns, as tables and JSON: wallets, holdings, what a transaction did."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.table import Table

from chainfaas.cli.foreign_text import cell
from chainfaas.cli.output import print_json, result_console
from chainfaas.domain.amounts import amount_of_job_cap, format_tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chainfaas.client.own_account import Sent
    from chainfaas.client.own_money import Holdings
    from chainfaas.client.wallets import Wallet


def wallets_table(wallets: Sequence[Wallet]) -> Table:
    """Return a table with one row a wallet.

    Args:
        wallets: The wallets.
    """
    table = Table(box=None, pad_edge=False)
    table.add_column("wallet")
    table.add_column("address", overflow="fold")
    for wallet in wallets:
        table.add_row(cell(wallet.name), str(wallet.address))
    return table


def holdings_table(wallet: Wallet, holdings: Holdings) -> Table:
    """Return what an account has as a table.

    Args:
        wallet: Whose.
        holdings: What.
    """
    table = Table(title=f"{wallet.name}  {wallet.address}", title_justify="left", box=None, pad_edge=False)
    table.add_column("where")
    table.add_column("amount", justify="right")
    table.add_column("")
    table.add_row("coin", format_tokens(holdings.coin_wei), "for transactions")
    table.add_row("tokens", format_tokens(holdings.tokens), "in the wallet")
    table.add_row("deposited", format_tokens(holdings.deposited), "in the ledger, can be withdrawn")
    for number, escrow in holdings.escrows.items():
        limits = f"a job: {format_tokens(amount_of_job_cap(escrow.job_cap))}, until {utc_text(escrow.expiry)}"
        table.add_row(f"escrow {number}", format_tokens(escrow.free), f"free; {limits}")
        if escrow.reserved:
            table.add_row("", format_tokens(escrow.reserved), "reserved by open jobs")
    return table


def holdings_document(wallet: Wallet, holdings: Holdings) -> dict[str, object]:
    """Return what an account has for a machine; amounts are base units.

    Args:
        wallet: Whose.
        holdings: What.
    """
    return {
        "wallet": wallet.name,
        "address": str(wallet.address),
        "coinWei": str(holdings.coin_wei),
        "tokens": str(holdings.tokens),
        "deposited": str(holdings.deposited),
        "escrows": [
            {
                "controller": number,
                "free": str(escrow.free),
                "reserved": str(escrow.reserved),
                "jobCap": str(amount_of_job_cap(escrow.job_cap)),
                "expiry": escrow.expiry,
            }
            for number, escrow in holdings.escrows.items()
        ],
    }


def print_sent(sent: Sent, what: str, *, as_json: bool, **more: object) -> None:
    """Print what a transaction did.

    Args:
        sent: The transaction.
        what: What it did, in words.
        as_json: Whether a machine reads it.
        more: Further members for the machine.
    """
    if as_json:
        block = sent.inclusion.block_number
        print_json({**more, "transaction": sent.tx_hash, "block": block, "gas": sent.inclusion.gas_used})
        return
    result_console.print(cell(what), soft_wrap=True)
    result_console.print(
        f"[dim]transaction {sent.tx_hash}, block {sent.inclusion.block_number}, "
        f"{sent.inclusion.gas_used:,} gas[/]",
        soft_wrap=True,
    )


def utc_text(seconds: int) -> str:
    """Return a point in time in UTC to the second.

    Args:
        seconds: Unix seconds.
    """
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
