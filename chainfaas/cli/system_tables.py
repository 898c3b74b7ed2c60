"""A local system's status as tables for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from chainfaas.cli.foreign_text import cell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chainfaas.cli.local_system.service_parts import PartState


def parts_table(parts: Sequence[PartState]) -> Table:
    """Return a table with one row a part.

    Args:
        parts: The parts, but for the chain's nodes.
    """
    table = Table(box=None, pad_edge=False)
    for heading in ("part", "state", "where", "note"):
        table.add_column(heading, overflow="fold")
    for part in parts:
        # An engine that is not ours is none of our business.
        idle = "not ours" if part.name == "engine" else "stopped"
        state = Text("running", style="green") if part.running else Text(idle, style="dim")
        table.add_row(part.name, state, cell(part.where or "-"), cell(part.note))
    return table
