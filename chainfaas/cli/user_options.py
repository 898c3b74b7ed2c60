"""Options that many commands share, and what they stand for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from chainfaas.cli.home_option import get_state_folder
from chainfaas.cli.lazy_module import lazy_module
from chainfaas.cli.user_settings import CONTROLLER, REGISTRY, RPC, WALLET, UserSettings

if TYPE_CHECKING:
    from chainfaas.client import chain_access, controller_client, wallets
    from chainfaas.client.chain_access import ChainAccess
    from chainfaas.client.controller_client import ControllerClient
    from chainfaas.client.own_account import OwnAccount
    from chainfaas.observability import logs
else:
    chain_access = lazy_module("chainfaas.client.chain_access")
    controller_client = lazy_module("chainfaas.client.controller_client")
    wallets = lazy_module("chainfaas.client.wallets")
    logs = lazy_module("chainfaas.observability.logs")

COMMAND_LOG_LEVEL = "ERROR"
"""What a command says of its work beside its result; a daemon says more."""

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
WalletOption = Annotated[
    str | None,
    typer.Option("--wallet", "-w", help="Wallet that signs. Default: $CHAINFAAS_WALLET, else default."),
]
RpcOption = Annotated[
    str | None,
    typer.Option(
        "--rpc", help="Node: URL or socket. Default: $CHAINFAAS_RPC, else the local network's node 1."
    ),
]
ControllerOption = Annotated[
    str | None,
    typer.Option(
        "--controller", help="Controller's URL. Default: $CHAINFAAS_CONTROLLER, else the local one."
    ),
]


def wallet_name(context: typer.Context, option: str | None) -> str:
    """Return which wallet is meant.

    Args:
        context: The command's context.
        option: What the command line says.
    """
    return _settings(context).choose(WALLET, option).value


def open_chain(context: typer.Context, rpc: str | None) -> ChainAccess:
    """Return the network that is meant.

    Args:
        context: The command's context.
        rpc: The node that the command line names.

    Raises:
        ChainFaaSError: As `ChainAccess.open`.
    """
    logs.configure_logs(COMMAND_LOG_LEVEL)
    endpoint = _settings(context).choose(RPC, rpc).value
    return chain_access.ChainAccess.open(get_state_folder(context), endpoint or None)


def open_own_account(context: typer.Context, wallet: str | None, rpc: str | None) -> OwnAccount:
    """Return the account that is meant, ready to send.

    Args:
        context: The command's context.
        wallet: The wallet that the command line names.
        rpc: The node that the command line names.

    Raises:
        ChainFaaSError: As `ChainAccess.open` and `open_account`.
    """
    name = wallet_name(context, wallet)
    wallets.find_wallet(get_state_folder(context), name)
    return wallets.open_account(open_chain(context, rpc), get_state_folder(context), name)


def open_controller(
    context: typer.Context, controller: str | None, wallet: str | None = None
) -> ControllerClient:
    """Return the controller that is meant, which the wallet signs in to when that is needed.

    Args:
        context: The command's context.
        controller: The address that the command line names.
        wallet: The wallet that the command line names.

    Raises:
        ConfigurationError: The address is none.
    """
    folder, name = get_state_folder(context), wallet_name(context, wallet)
    url = _settings(context).choose(CONTROLLER, controller).value
    if wallet is None and not (folder.keys / f"{name}.json").exists():
        # Much can be read by anybody; what cannot says so.
        return controller_client.ControllerClient(url)
    return controller_client.ControllerClient(url, lambda: wallets.unlock_signing_key(folder, name))


def registry_name(context: typer.Context, option: str | None) -> str:
    """Return which registry is meant; empty for the state folder's own.

    Args:
        context: The command's context.
        option: What the command line says.
    """
    return _settings(context).choose(REGISTRY, option).value


def _settings(context: typer.Context) -> UserSettings:
    return UserSettings(get_state_folder(context), os.environ)
