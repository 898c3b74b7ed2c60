"""The `--version` option."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from chainfaas.cli.lazy_module import lazy_module

if TYPE_CHECKING:
    from importlib import metadata
else:
    metadata = lazy_module("importlib.metadata")


def print_version(wanted: bool) -> None:  # noqa: FBT001 - Typer hands the option's value over by position
    """Print the installed version and end, if that was asked for.

    Args:
        wanted: Whether the option was given.
    """
    if wanted:
        typer.echo(f"chainfaas {metadata.version('chainfaas')}")
        raise typer.Exit
