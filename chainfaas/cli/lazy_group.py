"""The group of all commands, of which only the one that is called is loaded."""

from __future__ import annotations

import importlib
from typing import Any

from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from chainfaas.cli.command_table import COMMANDS


class LazyGroup(TyperGroup):
    """Lists the table's commands and loads the one that is called."""

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401 - handed on to Typer as they come
        """Put a stand-in with a name and a summary in each command's place."""
        super().__init__(**settings)
        self._modules = {row.name: row.module for row in COMMANDS}
        for row in COMMANDS:
            self.add_command(TyperCommand(row.name, help=row.summary))

    # Typer keeps the types of these to itself.
    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401
        """Replace the stand-in that was called by the command."""
        name, command, rest = super().resolve_command(ctx, args)
        if name in self._modules:
            command = get_command(importlib.import_module(self._modules[name]).app)
            command.name = name
        return name, command, rest
