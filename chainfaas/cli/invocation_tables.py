"""Calls and jobs as tables. Reasons and names in them may have been written by strangers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from chainfaas.cli.call_lines import last_attempt
from chainfaas.cli.foreign_text import cell
from chainfaas.domain.amounts import format_tokens
from chainfaas.domain.identifiers import InvocationId

if TYPE_CHECKING:
    from chainfaas.client.controller_client import ControllerClient
    from chainfaas.domain.canonical_json import JsonValue

_TIMES = ("prc", "prv", "cmp", "rsp")
_AMOUNTS = frozenset({"cost", "reserved", "needed"})


def invocations_table(invocations: Sequence[Mapping[str, JsonValue]]) -> Table:
    """Return a table with one row a call.

    Args:
        invocations: The controller's documents.
    """
    table = Table(box=None, pad_edge=False)
    for heading in ("invocation", "state", "function", "provider", "run", "cost", "job", "made"):
        table.add_column(heading, overflow="fold")
    for each in invocations:
        made = _time_text(each.get("createdAtMs"))
        last = last_attempt(each)
        run_ms = last.get("runMs")
        table.add_row(
            *(cell(_text(each.get(name))) for name in ("invocation", "state")),
            cell(_text(each.get("name") or each.get("function"))),
            cell(_text(last.get("providerId"))),
            cell("-" if run_ms is None else f"{run_ms} ms"),
            cell(_tokens(last.get("cost"))),
            cell(_text(each.get("job"))),
            made,
        )
    return table


def with_attempts_and_names(
    controller: ControllerClient, invocations: Sequence[Mapping[str, JsonValue]]
) -> list[Mapping[str, JsonValue]]:
    """Return calls with their attempts and their functions' names, which a list leaves out.

    Args:
        controller: Where the calls are.
        invocations: The controller's documents.

    Raises:
        ChainFaaSError: The controller does not answer.
    """
    names = {number: controller.function(number).get("name") for number in {*map(_function, invocations)}}
    found = (controller.invocation(InvocationId.parse(str(each["invocation"]))) for each in invocations)
    return [{**each.document, "name": names[_function(each.document)]} for each in found]


def attempts_table(invocation: Mapping[str, JsonValue]) -> Table:
    """Return a table with one row an attempt of a call.

    Args:
        invocation: The controller's document.
    """
    table = Table(box=None, pad_edge=False)
    headings = ("attempt", "job", "provider", "state", "status", "exit", "billed", "cost", *_TIMES)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    attempts = invocation.get("jobs")
    for each in attempts if isinstance(attempts, Sequence) else ():
        if isinstance(each, Mapping):
            table.add_row(*_attempt_cells(each))
    return table


def events_table(events: Sequence[Mapping[str, JsonValue]]) -> Table:
    """Return a table with one row an event of a job on the chain.

    Args:
        events: The controller's documents.
    """
    table = Table(box=None, pad_edge=False)
    for heading in ("event", "block", "time", "transaction"):
        table.add_column(heading, overflow="fold")
    for each in events:
        table.add_row(
            cell(_text(each.get("name"))),
            cell(_text(each.get("block"))),
            _time_text(each.get("time"), per_second=1),
            cell(_text(each.get("transaction"))),
        )
    return table


def members_table(document: Mapping[str, JsonValue], names: Sequence[str]) -> Table:
    """Return some members of a document, one a row; amounts as tokens.

    Args:
        document: The document.
        names: The members to show; those that it lacks are left out.
    """
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for name in names:
        value = document.get(name)
        if value is not None:
            table.add_row(name, cell(_tokens(value) if name in _AMOUNTS else _text(value)))
    return table


def _function(invocation: Mapping[str, JsonValue]) -> str:
    return str(invocation["function"])


def _attempt_cells(attempt: Mapping[str, JsonValue]) -> list[Text]:
    measured = attempt.get("timesUs")
    times = measured if isinstance(measured, Mapping) else {}
    shown = [
        _text(attempt.get(name)) for name in ("attempt", "job", "providerId", "state", "status", "exitCode")
    ]
    billed = attempt.get("billedMs")
    shown += ["-" if billed is None else f"{billed} ms", _tokens(attempt.get("cost"))]
    return [cell(each) for each in [*shown, *(_milliseconds(times.get(name)) for name in _TIMES)]]


def _milliseconds(microseconds: JsonValue) -> str:
    return f"{microseconds / 1_000:.1f} ms" if isinstance(microseconds, int | float) else "-"


def _tokens(amount: JsonValue) -> str:
    return format_tokens(int(amount)) if isinstance(amount, str) and amount.isdecimal() else "-"


def _text(value: JsonValue) -> str:
    return "-" if value is None else str(value)


def _time_text(value: JsonValue, per_second: int = 1_000) -> str:
    if not isinstance(value, int):
        return "-"
    return datetime.fromtimestamp(value / per_second, UTC).strftime("%Y-%m-%d %H:%M:%S")
