"""`chainfaas provider uninstall`."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from chainfaas.cli.foreign_text import cell
from chainfaas.cli.home_option import get_state_folder
from chainfaas.cli.lazy_module import lazy_module
from chainfaas.cli.output import print_json, side_console
from chainfaas.cli.provider_commands.name_argument import ProviderName
from chainfaas.cli.user_options import COMMAND_LOG_LEVEL, AsJson
from chainfaas.domain.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chainfaas.domain import amounts
    from chainfaas.observability import logs
    from chainfaas.provider.bootstrap import uninstall as uninstalling
else:
    amounts = lazy_module("chainfaas.domain.amounts")
    logs = lazy_module("chainfaas.observability.logs")
    uninstalling = lazy_module("chainfaas.provider.bootstrap.uninstall")

_MIB = 2**20


def uninstall(
    context: typer.Context,
    name: ProviderName = "main",
    *,
    forget_unclaimed: Annotated[
        bool, typer.Option("--forget-unclaimed", help="Also where work was not paid yet.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Remove a provider from this machine: its containers, its folder with key and journal, and its log.

    What it earned stays in the ledger, and images stay in the engine. The registry keeps the provider for
    ever; without its key nobody can work for it, unless its owner names another operator.
    """
    logs.configure_logs(COMMAND_LOG_LEVEL)
    removal = uninstalling.plan_removal(get_state_folder(context), name, os.environ)
    if not as_json:
        for line in _lines(removal):
            side_console.print(cell(line), soft_wrap=True)
    if not removal.forgets_earnings or forget_unclaimed:
        _ask(name, is_sure=yes)
    uninstalling.remove_provider(removal, forget_unclaimed=forget_unclaimed)
    if as_json:
        print_json({"name": name, **removal.document()})
    else:
        side_console.print(cell(f"The provider {name} is gone."), soft_wrap=True)


def _lines(removal: uninstalling.Removal) -> Iterator[str]:
    size = removal.size_bytes / _MIB
    yield f"folder      {removal.folder}: {removal.files} files, {size:.1f} MiB, with the operator's key"
    if removal.log is not None:
        yield f"log         {removal.log}"
    yield f"containers  {len(removal.containers)}"
    for container in removal.containers:
        yield f"            {container}"
    earnings = removal.earnings
    if earnings is not None and removal.forgets_earnings:
        parts = (earnings.under_way, earnings.unclaimed, earnings.unconfirmed)
        jobs, amount = sum(part.jobs for part in parts), sum(part.amount for part in parts)
        yield f"unpaid      up to {amounts.format_tokens(amount)} tokens for {jobs} jobs would be lost"
    yield "The operator's coin is lost with its key: `chainfaas provider status` says how much that is."


def _ask(name: str, *, is_sure: bool) -> None:
    if is_sure:
        return
    if not sys.stdin.isatty():
        raise InvalidInputError("There is nobody to ask.", remedy="Say --yes to remove it without.")
    typer.confirm(f"Remove the provider {name}?", abort=True, err=True)
