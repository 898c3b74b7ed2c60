"""`chainfaas provider withdraw`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from chainfaas.cli.home_option import get_state_folder
from chainfaas.cli.lazy_module import lazy_module
from chainfaas.cli.output import progress, side_console
from chainfaas.cli.provider_commands.name_argument import ProviderName
from chainfaas.cli.user_options import AsJson, RpcOption, open_chain
from chainfaas.domain.errors import ConflictError, InvalidInputError, NotFoundError

if TYPE_CHECKING:
    from chainfaas.chain.state_folder import StateFolder
    from chainfaas.cli import own_tables
    from chainfaas.client import own_money, wallets
    from chainfaas.domain import amounts, identifiers
    from chainfaas.domain.amounts import TokenAmount
    from chainfaas.domain.identifiers import Address
    from chainfaas.provider.bootstrap import provider_folder
else:
    own_tables = lazy_module("chainfaas.cli.own_tables")
    own_money = lazy_module("chainfaas.client.own_money")
    wallets = lazy_module("chainfaas.client.wallets")
    amounts = lazy_module("chainfaas.domain.amounts")
    identifiers = lazy_module("chainfaas.domain.identifiers")
    provider_folder = lazy_module("chainfaas.provider.bootstrap.provider_folder")


def withdraw(  # noqa: PLR0913 - options are what a command line has
    context: typer.Context,
    name: ProviderName = "main",
    *,
    tokens: Annotated[str | None, typer.Option("--tokens", help="How much. Default: all of it.")] = None,
    to: Annotated[str | None, typer.Option(help="Address that gets them. Default: the payout's own.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    rpc: RpcOption = None,
    as_json: AsJson = False,
) -> None:
    """Take a provider's earnings out of the ledger.

    They belong to the payout that the provider was registered with, so its wallet signs, and it has to be in
    this state folder. The daemon's key can move no money.
    """
    home = get_state_folder(context)
    chain = open_chain(context, rpc)
    number = provider_folder.provider_id_of_folder(home.providers / name)
    payout = chain.contracts.providers.payout_of(number)
    if payout is None:
        raise NotFoundError(f"There is no provider {number} on this network.")
    there = chain.contracts.money.balance_of(payout)
    amount = _amount(tokens, there, payout)
    wallet = _wallet_of(home, payout)
    receiver = payout if to is None else identifiers.Address.parse(to)
    if not yes:
        _confirm(f"Of {payout} (wallet {wallet}) the ledger holds {amounts.format_tokens(there)} tokens.")
        typer.confirm(f"Send {amounts.format_tokens(amount)} tokens to {receiver}?", abort=True, err=True)
    what = f"{amounts.format_tokens(amount)} tokens withdrawn to {receiver}"
    with progress(f"Withdrawing {amounts.format_tokens(amount)} tokens"):
        account = wallets.open_account(chain, home, wallet)
        sent = own_money.OwnMoney(account).withdraw(amount, receiver)
    own_tables.print_sent(
        sent, what, as_json=as_json, payout=str(payout), to=str(receiver), amount=str(amount)
    )


def _amount(tokens: str | None, there: TokenAmount, payout: Address) -> TokenAmount:
    amount = there if tokens is None else amounts.parse_tokens(tokens)
    if not there:
        raise ConflictError(
            f"The ledger holds nothing of {payout}.",
            remedy="Wait until jobs are paid: `chainfaas provider status` says what is on its way.",
        )
    if not 0 < amount <= there:
        raise InvalidInputError(
            f"{amounts.format_tokens(amount)} tokens are not what can be withdrawn.",
            remedy=f"Choose more than 0 and at most {amounts.format_tokens(there)}.",
        )
    return amount


def _wallet_of(home: StateFolder, payout: Address) -> str:
    for wallet in wallets.list_wallets(home):
        if wallet.address == payout:
            return wallet.name
    raise NotFoundError(
        f"The key of the payout {payout} is not in {home.keys}.",
        remedy="Where its wallet is, call: chainfaas wallet withdraw TOKENS --wallet NAME",
    )


def _confirm(what_is_there: str) -> None:
    if not sys.stdin.isatty():
        raise InvalidInputError("There is nobody to ask.", remedy="Say --yes to withdraw without.")
    side_console.print(what_is_there, soft_wrap=True)
