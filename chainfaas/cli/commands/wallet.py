"""`chainfaas wallet`: keys, and what they do with their money, each time by a transaction of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from chainfaas.cli.home_option import get_state_folder
from chainfaas.cli.lazy_module import lazy_module
from chainfaas.cli.output import print_json, progress, result_console
from chainfaas.cli.user_options import (
    AsJson,
    RpcOption,
    WalletOption,
    open_chain,
    open_own_account,
    wallet_name,
)

if TYPE_CHECKING:
    from chainfaas.cli import own_tables
    from chainfaas.client import own_money, wallets
    from chainfaas.domain import amounts, identifiers
else:
    own_tables = lazy_module("chainfaas.cli.own_tables")
    own_money = lazy_module("chainfaas.client.own_money")
    wallets = lazy_module("chainfaas.client.wallets")
    amounts = lazy_module("chainfaas.domain.amounts")
    identifiers = lazy_module("chainfaas.domain.identifiers")

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Keys, and what they do with their money.")

_DAY_SECONDS = 24 * 60 * 60

Tokens = Annotated[str, typer.Argument(help="Whole tokens with up to 18 decimals, such as 1.25.")]
ControllerId = Annotated[int, typer.Option("--for", min=1, help="Number of the controller.")]
JobCap = Annotated[str, typer.Option(help="Tokens that one job may cost at most.")]
Days = Annotated[int, typer.Option(min=1, max=3650, help="Days until the escrow ends.")]


@app.command()
def new(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="Name. Default: the wallet that commands use.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Draw a new key, and keep it in a keystore file with a random password beside it."""
    wallet = wallets.create_wallet(get_state_folder(context), name or wallet_name(context, None))
    if as_json:
        print_json({"wallet": wallet.name, "address": str(wallet.address), "keystore": str(wallet.keystore)})
        return
    result_console.print(own_tables.wallets_table([wallet]))
    result_console.print(f"[dim]{wallet.keystore} (back it up with its password)[/]", soft_wrap=True)


@app.command("list")
def list_all(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List the keys of the state folder."""
    found = wallets.list_wallets(get_state_folder(context))
    if as_json:
        print_json({"wallets": [{"wallet": each.name, "address": str(each.address)} for each in found]})
    else:
        result_console.print(own_tables.wallets_table(found))


@app.command()
def show(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="Name. Default: the wallet that commands use.")] = None,
    rpc: RpcOption = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show coin, tokens, what is deposited, and each escrow."""
    wallet = wallets.find_wallet(get_state_folder(context), wallet_name(context, name))
    holdings = own_money.read_holdings(open_chain(context, rpc), wallet.address)
    if as_json:
        print_json(own_tables.holdings_document(wallet, holdings))
    else:
        result_console.print(own_tables.holdings_table(wallet, holdings))


@app.command()
def deposit(  # noqa: PLR0913 - options are what a command line has
    context: typer.Context,
    tokens: Tokens,
    *,
    controller: Annotated[
        int | None, typer.Option("--for", min=1, help="Set it aside for this controller at once.")
    ] = None,
    job_cap: JobCap = "1",
    days: Days = 7,
    wallet: WalletOption = None,
    rpc: RpcOption = None,
    as_json: AsJson = False,
) -> None:
    """Move tokens from the wallet into the ledger, in one transaction."""
    amount = amounts.parse_tokens(tokens)
    with progress(f"Depositing {tokens} tokens"):
        money = own_money.OwnMoney(open_own_account(context, wallet, rpc))
        funding = None
        if controller is not None:
            funding = money.funding(identifiers.ControllerId(controller), amount, _limits(job_cap, days))
        sent = money.deposit(amount, funding)
    aside = "" if controller is None else f", set aside for controller {controller}"
    own_tables.print_sent(sent, f"{tokens} tokens deposited{aside}", as_json=as_json, amount=str(amount))


@app.command()
def fund(  # noqa: PLR0913 - options are what a command line has
    context: typer.Context,
    tokens: Tokens,
    *,
    controller: ControllerId,
    job_cap: JobCap = "1",
    days: Days = 7,
    wallet: WalletOption = None,
    rpc: RpcOption = None,
    as_json: AsJson = False,
) -> None:
    """Set deposited tokens aside for a controller; its limits never become lower by this."""
    amount = amounts.parse_tokens(tokens)
    with progress(f"Setting {tokens} tokens aside for controller {controller}"):
        money = own_money.OwnMoney(open_own_account(context, wallet, rpc))
        funding = money.funding(identifiers.ControllerId(controller), amount, _limits(job_cap, days))
        sent = money.fund(funding)
    own_tables.print_sent(
        sent,
        f"{tokens} tokens set aside for controller {controller} until {own_tables.utc_text(funding.expiry)}",
        as_json=as_json,
        amount=str(amount),
        expiry=funding.expiry,
    )


@app.command()
def revoke(
    context: typer.Context,
    controller: ControllerId,
    wallet: WalletOption = None,
    rpc: RpcOption = None,
    *,
    as_json: AsJson = False,
) -> None:
    """End a controller's escrow after the grace; `close` then takes back what is left."""
    with progress(f"Revoking the escrow for controller {controller}"):
        money = own_money.OwnMoney(open_own_account(context, wallet, rpc))
        sent, expiry = money.revoke(identifiers.ControllerId(controller))
    over = own_tables.utc_text(expiry)
    own_tables.print_sent(sent, f"The escrow is over at {over}", as_json=as_json, expiry=expiry)


@app.command()
def close(
    context: typer.Context,
    controller: ControllerId,
    wallet: WalletOption = None,
    rpc: RpcOption = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Take back what is free in an escrow that is over."""
    with progress(f"Closing the escrow for controller {controller}"):
        money = own_money.OwnMoney(open_own_account(context, wallet, rpc))
        sent, amount = money.close(identifiers.ControllerId(controller))
    what = f"{amounts.format_tokens(amount)} tokens can be withdrawn or set aside again"
    own_tables.print_sent(sent, what, as_json=as_json, amount=str(amount))


@app.command()
def withdraw(
    context: typer.Context,
    tokens: Tokens,
    to: Annotated[str | None, typer.Option(help="Address that gets them. Default: the wallet's.")] = None,
    wallet: WalletOption = None,
    rpc: RpcOption = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Take deposited tokens out of the ledger."""
    amount = amounts.parse_tokens(tokens)
    receiver = None if to is None else identifiers.Address.parse(to)
    with progress(f"Withdrawing {tokens} tokens"):
        sent = own_money.OwnMoney(open_own_account(context, wallet, rpc)).withdraw(amount, receiver)
    own_tables.print_sent(sent, f"{tokens} tokens withdrawn", as_json=as_json, amount=str(amount))


@app.command()
def transfer(  # noqa: PLR0913 - options are what a command line has
    context: typer.Context,
    tokens: Tokens,
    to: Annotated[str, typer.Argument(help="Address that gets them.")],
    wallet: WalletOption = None,
    rpc: RpcOption = None,
    *,
    coin: Annotated[bool, typer.Option("--coin", help="Coin instead of tokens.")] = False,
    as_json: AsJson = False,
) -> None:
    """Give tokens, or coin, to somebody."""
    amount, receiver, unit = amounts.parse_tokens(tokens), identifiers.Address.parse(to), "tokens"
    with progress(f"Transferring {tokens} {'coin' if coin else unit}"):
        account = open_own_account(context, wallet, rpc)
        if coin:
            unit, sent = "coin", account.give_coin(receiver, amount)
        else:
            sent = own_money.OwnMoney(account).transfer(receiver, amount)
    own_tables.print_sent(sent, f"{tokens} {unit} given to {receiver}", as_json=as_json, amount=str(amount))


def _limits(job_cap: str, days: int) -> own_money.SpendingLimits:
    cap = amounts.job_cap_of_amount(amounts.parse_tokens(job_cap))
    return own_money.SpendingLimits(cap, days * _DAY_SECONDS)
