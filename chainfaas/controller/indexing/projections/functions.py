"""Functions and their versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from chainfaas.controller.indexing.errors import EventOrderError

if TYPE_CHECKING:
    from collections.abc import Callable

    from chainfaas.controller.indexing.plain_event import PlainEvent
    from chainfaas.controller.indexing.working_set import Row, WorkingSet


def _function_created(event: PlainEvent, rows: WorkingSet) -> None:
    rows.put(
        "functions",
        {
            "function_id": event.number("functionId"),
            "owner": event.text("owner"),
            "live_version_id": 0,
            "is_retired": False,
        },
    )


def _function_transferred(event: PlainEvent, rows: WorkingSet) -> None:
    rows.put("functions", {**_function(event, rows), "owner": event.text("to")})


def _live_version_set(event: PlainEvent, rows: WorkingSet) -> None:
    rows.put("functions", {**_function(event, rows), "live_version_id": event.number("versionId")})


def _function_retired(event: PlainEvent, rows: WorkingSet) -> None:
    rows.put("functions", {**_function(event, rows), "is_retired": True})


def _version_published(event: PlainEvent, rows: WorkingSet) -> None:
    rows.put(
        "versions",
        {
            "version_id": event.number("versionId"),
            "function_id": event.number("functionId"),
            "developer": event.text("developer"),
            "max_cost": event.number("maxCost"),
            "memory_mib": event.number("memoryMiB"),
            "timeout_ms": event.number("timeoutMs"),
            "image_digest": event.text("imageDigest"),
            "bundle_hash": event.text("bundleHash"),
            "manifest": event.text("manifest"),
            "block_number": event.block_number,
            "tx_hash": event.tx_hash,
        },
    )


def _function(event: PlainEvent, rows: WorkingSet) -> Row:
    function = rows.get("functions", event.number("functionId"))
    if function is None:
        raise EventOrderError(
            f"{event.name} of function {event.number('functionId')} comes before it was created."
        )
    return function


HANDLERS: Final[dict[str, Callable[[PlainEvent, WorkingSet], None]]] = {
    "FunctionCreated": _function_created,
    "FunctionTransferred": _function_transferred,
    "LiveVersionSet": _live_version_set,
    "FunctionRetired": _function_retired,
    "VersionPublished": _version_published,
}
"""What follows from each event about functions."""
