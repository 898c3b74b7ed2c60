"""`chainfaas down`: everything stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from chainfaas.cli.home_option import get_state_folder
from chainfaas.cli.lazy_module import lazy_module
from chainfaas.cli.output import progress
from chainfaas.cli.user_options import COMMAND_LOG_LEVEL

if TYPE_CHECKING:
    from chainfaas.cli.local_system import local_system
    from chainfaas.observability import logs
else:
    local_system = lazy_module("chainfaas.cli.local_system.local_system")
    logs = lazy_module("chainfaas.observability.logs")

app = typer.Typer(add_completion=False)


@app.command()
def down(context: typer.Context) -> None:
    """Stop everything that runs in this state folder; all data stays."""
    logs.configure_logs(COMMAND_LOG_LEVEL)
    with progress("Stopping the local system") as tell:
        local_system.LocalSystem(get_state_folder(context)).stop(tell)
