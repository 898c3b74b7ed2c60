"""The state folder that a command works in."""

from __future__ import annotations

import os
from pathlib import Path

import typer

from chainfaas.chain.state_folder import StateFolder, locate_state_folder


def set_state_folder(context: typer.Context, chosen: Path | None) -> None:
    """Keep the state folder that the command line, the environment or the place says.

    Args:
        context: The outermost command's context.
        chosen: What `--home` gave, if anything.
    """
    context.obj = locate_state_folder(chosen, os.environ, Path.cwd())


def get_state_folder(context: typer.Context) -> StateFolder:
    """Return the state folder that was kept.

    Args:
        context: Any command's context.
    """
    folder: StateFolder = context.find_object(StateFolder) or StateFolder(Path.cwd())
    return folder
