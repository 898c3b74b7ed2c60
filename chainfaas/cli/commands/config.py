"""`chainfaas config`: what the user's commands work with."""

from __future__ import annotations

import os

import typer
from rich.table import Table

from chainfaas.cli.foreign_text import cell
from chainfaas.cli.home_option import get_state_folder
from chainfaas.cli.output import print_json, result_console
from chainfaas.cli.user_options import AsJson
from chainfaas.cli.user_settings import SETTINGS, UserSettings

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Show what the commands work with.")


@app.callback()
def config() -> None:
    """Show what the commands work with."""


@app.command()
def show(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Show each setting, and where its value came from."""
    folder = get_state_folder(context)
    settings = UserSettings(folder, os.environ)
    rows = [(setting, settings.choose(setting)) for setting in SETTINGS]
    if as_json:
        found = {
            setting.name: {"value": choice.value, "source": choice.source.value, "variable": setting.variable}
            for setting, choice in rows
        }
        print_json({"home": str(folder.root), "settings": found})
        return
    table = Table(title=f"State folder {folder.root}", title_justify="left", box=None, pad_edge=False)
    for heading in ("setting", "value", "from", "variable", "what it is"):
        table.add_column(heading, overflow="fold")
    for setting, choice in rows:
        table.add_row(
            setting.name, cell(choice.value or "-"), choice.source.value, setting.variable, setting.summary
        )
    result_console.print(table)
