"""`chainfaas faucet`: coin, and on development networks tokens, for a wallet."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import typer

from chainfaas.cli.home_option import get_state_folder
from chainfaas.cli.lazy_module import lazy_module
from chainfaas.cli.output import print_json, progress, result_console
from chainfaas.cli.user_options import (
    AsJson,
    ControllerOption,
    RpcOption,
    WalletOption,
    open_chain,
    open_controller,
    wallet_name,
)
from chainfaas.domain.errors import ChainError

if TYPE_CHECKING:
    from chainfaas.cli import own_tables
    from chainfaas.client import answers, own_money, wallets
else:
    own_tables = lazy_module("chainfaas.cli.own_tables")
    answers = lazy_module("chainfaas.client.answers")
    own_money = lazy_module("chainfaas.client.own_money")
    wallets = lazy_module("chainfaas.client.wallets")

app = typer.Typer(add_completion=False)

_ARRIVAL_SECONDS = 60.0
_LOOK_SECONDS = 0.2


@app.command()
def faucet(
    context: typer.Context,
    wallet: WalletOption = None,
    controller: ControllerOption = None,
    rpc: RpcOption = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Ask the controller's faucet for coin, and for tokens where they are worth nothing."""
    owner = wallets.find_wallet(get_state_folder(context), wallet_name(context, wallet))
    chain = open_chain(context, rpc)
    with progress("Waiting for the faucet"):
        before = own_money.read_holdings(chain, owner.address)
        granted = open_controller(context, controller, wallet).ask_faucet()
        coin = before.coin_wei + int(answers.text_member(granted, "coinWei"))
        tokens = before.tokens + int(answers.text_member(granted, "tokens"))
        end_seconds = time.monotonic() + _ARRIVAL_SECONDS
        while (now := own_money.read_holdings(chain, owner.address)).coin_wei < coin or now.tokens < tokens:
            if time.monotonic() > end_seconds:
                raise ChainError("What the faucet gave has not arrived.", remedy="Look again in a while.")
            time.sleep(_LOOK_SECONDS)
    if as_json:
        print_json(own_tables.holdings_document(owner, now))
    else:
        result_console.print(own_tables.holdings_table(owner, now))
