"""`chainfaas reset`: a fresh start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

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
def reset(
    context: typer.Context,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Stop everything and delete the chain, the controller's data and the providers; keys and images stay."""
    folder = get_state_folder(context)
    if not yes:
        typer.confirm(
            f"Delete the chain and all that follows from it in {folder.root}?", abort=True, err=True
        )
    logs.configure_logs(COMMAND_LOG_LEVEL)
    with progress("Resetting the local system") as tell:
        local_system.LocalSystem(folder).reset(tell)
