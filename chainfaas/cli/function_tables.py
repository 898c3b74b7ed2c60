"""Functions and versions as tables and JSON. Their manifests were written by whoever published them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

from chainfaas.cli.foreign_text import cell
from chainfaas.domain.amounts import amount_of_max_cost, format_tokens
from chainfaas.domain.identifiers import format_function_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chainfaas.client.own_functions import OwnFunction, PublishedVersion


def functions_table(functions: Sequence[OwnFunction]) -> Table:
    """Return a table with one row a function.

    Args:
        functions: The functions.
    """
    table = Table(box=None, pad_edge=False)
    for heading in ("function", "name", "live", "versions", "owner"):
        table.add_column(heading, overflow="fold", justify="right" if heading == "versions" else "left")
    for each in functions:
        live = "retired" if each.is_retired else f"version {each.live}" if each.live else "-"
        name = cell(each.name or "-")
        table.add_row(
            format_function_id(each.function_id), name, live, str(len(each.versions)), str(each.owner)
        )
    return table


def versions_table(function: OwnFunction) -> Table:
    """Return a table with one row a version, newest first.

    Args:
        function: The function.
    """
    table = Table(box=None, pad_edge=False)
    for heading in ("version", "live", "memory", "time-out", "costs at most", "mode", "image"):
        table.add_column(heading, overflow="fold")
    for each in reversed(function.versions):
        manifest = each.manifest
        table.add_row(
            str(each.version_id),
            "yes" if each.version_id == function.live else "",
            f"{each.terms.memory_mib} MiB",
            f"{each.terms.timeout_ms / 1_000:g} s",
            f"{format_tokens(amount_of_max_cost(each.terms.max_cost))} tokens",
            "malformed" if manifest is None else manifest.mode.value,
            cell("-" if manifest is None else manifest.image.reference),
        )
    return table


def function_document(function: OwnFunction) -> dict[str, object]:
    """Return a function with its versions for a machine.

    Args:
        function: The function.
    """
    return {
        "function": format_function_id(function.function_id),
        "name": function.name or None,
        "owner": str(function.owner),
        "live": function.live,
        "retired": function.is_retired,
        "versions": [version_document(each) for each in function.versions],
    }


def version_document(version: PublishedVersion) -> dict[str, object]:
    """Return a version for a machine; amounts are base units.

    Args:
        version: The version.
    """
    return {
        "version": version.version_id,
        "developer": str(version.developer),
        "maxCost": str(amount_of_max_cost(version.terms.max_cost)),
        "memoryMiB": version.terms.memory_mib,
        "timeoutMs": version.terms.timeout_ms,
        "bundleHash": "0x" + version.bundle_hash.hex(),
        "manifest": None if version.manifest is None else version.manifest.as_json(),
        "block": version.block,
    }
