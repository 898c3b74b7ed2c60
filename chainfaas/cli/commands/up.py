"""`chainfaas up`: the whole local system."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from chainfaas.cli.exit_codes import ExitCode
from chainfaas.cli.home_option import get_state_folder
from chainfaas.cli.lazy_module import lazy_module
from chainfaas.cli.network_table import network_table
from chainfaas.cli.output import print_json, progress, result_console, side_console
from chainfaas.cli.user_options import COMMAND_LOG_LEVEL, AsJson

if TYPE_CHECKING:
    from chainfaas.cli import system_tables
    from chainfaas.cli.local_system import local_system
    from chainfaas.observability import logs
else:
    system_tables = lazy_module("chainfaas.cli.system_tables")
    local_system = lazy_module("chainfaas.cli.local_system.local_system")
    logs = lazy_module("chainfaas.observability.logs")

app = typer.Typer(add_completion=False)


@app.command()
def up(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Start a whole ChainFaaS on this machine: network, contracts, registry, controller, two providers.

    What runs already is used as it is; what was stopped goes on with its data.
    """
    system = local_system.LocalSystem(get_state_folder(context))
    logs.configure_logs(COMMAND_LOG_LEVEL)
    try:
        with progress("Starting the local system") as tell:
            system.start(tell)
    except KeyboardInterrupt:
        side_console.print(
            "Interrupted. What was started until now goes on: `chainfaas up` starts the rest, "
            "`chainfaas down` stops all of it.",
            soft_wrap=True,
        )
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    now = system.status()
    if as_json:
        print_json(now.document())
        return
    result_console.print(network_table(now.network))
    result_console.print(system_tables.parts_table(now.parts))
