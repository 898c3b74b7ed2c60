"""What commands print: results on standard output, everything else on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from chainfaas.domain.errors import ChainFaaSError

result_console = Console(highlight=False)
"""For results, as a person reads them."""

side_console = Console(stderr=True, highlight=False)
"""For progress and errors, so that results can be piped."""

_LONGEST_ROW = 300
"""Characters in a row at most; strangers choose some of what is shown."""


def print_json(document: object) -> None:
    """Print a result for a machine: one JSON document.

    Args:
        document: JSON values.
    """
    sys.stdout.write(json.dumps(document, indent=2) + "\n")


def print_table(table: Table) -> None:
    """Print a table with each row on a line of its own, as wide as it needs to be.

    A terminal may fold what is too wide for it, but what is copied or searched, such as an id, stays whole.

    Args:
        table: The table.
    """
    console = Console(highlight=False, width=_LONGEST_ROW)
    console.width = max(console.measure(table).maximum, 1)
    console.print(table)


def print_error(error: ChainFaaSError, *, as_json: bool) -> None:
    """Print what happened, to what, and what to do next.

    Args:
        error: What ended the command.
        as_json: Whether a machine reads it.
    """
    if as_json:
        document = {"error": {"code": error.code, "message": error.message, "remedy": error.remedy}}
        sys.stderr.write(json.dumps(document) + "\n")
        return
    side_console.print(f"[bold red]Error[/] [dim]({error.code})[/]\n{escape(error.message)}", soft_wrap=True)
    side_console.print(f"[bold]→[/] {escape(error.remedy)}", soft_wrap=True)


@contextmanager
def progress(first_line: str) -> Iterator[Callable[[str], None]]:
    """Show that something long is going on while the block runs.

    Args:
        first_line: What is being done.

    Yields:
        A function that takes the next line.
    """
    if not side_console.is_terminal:
        side_console.print(escape(first_line), soft_wrap=True)
        yield lambda line: side_console.print(escape(line), soft_wrap=True)
        return
    with side_console.status(escape(first_line)) as status:
        yield lambda line: status.update(escape(line))
