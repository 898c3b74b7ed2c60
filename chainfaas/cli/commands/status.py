"""`chainfaas status`: what the local system is doing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from chainfaas.cli.exit_codes import ExitCode
from chainfaas.cli.home_option import get_state_folder
from chainfaas.cli.lazy_module import lazy_module
from chainfaas.cli.network_table import network_table
from chainfaas.cli.output import print_json, result_console
from chainfaas.cli.user_options import AsJson

if TYPE_CHECKING:
    from chainfaas.cli import system_tables
    from chainfaas.cli.local_system import local_system
else:
    system_tables = lazy_module("chainfaas.cli.system_tables")
    local_system = lazy_module("chainfaas.cli.local_system.local_system")

app = typer.Typer(add_completion=False)


@app.command()
def status(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Show each part; the exit code is 1 if one that calls need does not run."""
    now = local_system.LocalSystem(get_state_folder(context)).status()
    if as_json:
        print_json(now.document())
    else:
        result_console.print(network_table(now.network))
        result_console.print(system_tables.parts_table(now.parts))
    if not now.works:
        raise typer.Exit(ExitCode.INTERNAL)
