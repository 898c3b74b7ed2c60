"""`chainfaas provider status`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from chainfaas.cli.home_option import get_state_folder
from chainfaas.cli.lazy_module import lazy_module
from chainfaas.cli.output import print_json, print_table, result_console
from chainfaas.cli.provider_commands.name_argument import ProviderName
from chainfaas.cli.user_options import COMMAND_LOG_LEVEL, AsJson
from chainfaas.domain.errors import ChainFaaSError

if TYPE_CHECKING:
    from pathlib import Path

    from chainfaas.cli import provider_tables
    from chainfaas.observability import logs
    from chainfaas.provider.bootstrap import provider_account, provider_status
else:
    provider_tables = lazy_module("chainfaas.cli.provider_tables")
    logs = lazy_module("chainfaas.observability.logs")
    provider_account = lazy_module("chainfaas.provider.bootstrap.provider_account")
    provider_status = lazy_module("chainfaas.provider.bootstrap.provider_status")


def status(context: typer.Context, name: ProviderName = "main", *, as_json: AsJson = False) -> None:
    """Show whether a provider runs, what it earned, what is owed, what failed, and its latest jobs.

    Jobs and their payments are the provider's own records; what can be withdrawn, and the operator's coin,
    are its own node's word. Where that does not answer, the rest is shown.
    """
    logs.configure_logs(COMMAND_LOG_LEVEL)
    folder = get_state_folder(context).providers / name
    found = provider_status.read_status(folder)
    account, fault = _account(folder)
    if as_json:
        document = None if account is None else account.document()
        net = None if account is None else str(found.earnings.paid_net(account.commission_bps))
        print_json(
            {"name": name, **found.document(), "paidNet": net, "account": document, "accountFault": fault}
        )
        return
    result_console.print(provider_tables.status_grid(name, found, account, fault))
    if found.failures:
        result_console.print()
        print_table(provider_tables.failures_table(found.failures))
    if found.jobs:
        result_console.print()
        print_table(provider_tables.jobs_table(found))


def _account(folder: Path) -> tuple[provider_account.ProviderAccount | None, str]:
    try:
        return provider_account.read_account(folder), ""
    except ChainFaaSError as fault:
        return None, fault.message
