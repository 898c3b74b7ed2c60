"""Calls that are followed, as lines. Their logs and reasons were written by strangers."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from chainfaas.cli.foreign_text import plain_bytes, plain_line
from chainfaas.domain.amounts import format_tokens

if TYPE_CHECKING:
    from chainfaas.domain.canonical_json import JsonValue

_MS_PER_SECOND = 1_000
_CALL_MEMBERS = ("invocation", "state", "function", "versionId", "job", "createdAtMs", "endedAtMs")
_ATTEMPT_MEMBERS = ("status", "exitCode", "runMs", "billedMs", "cost", "reason", "providerId")


def call_line(call: Mapping[str, JsonValue]) -> str:
    """Return what happened to a call, on one line.

    Args:
        call: The controller's document; with its attempts, how the last one ended is said too.
    """
    parts = [
        _time(call.get("endedAtMs") or call.get("createdAtMs")),
        call.get("invocation"),
        call.get("state"),
    ]
    attempt = last_attempt(call)
    if "status" in attempt:
        parts += [f"{attempt['status']} {attempt.get('exitCode')}", f"{attempt.get('billedMs')} ms"]
        cost = attempt.get("cost")
        if isinstance(cost, str) and cost.isdecimal():
            parts.append(f"{format_tokens(int(cost))} tokens")
    if attempt.get("reason"):
        parts.append(attempt["reason"])
    return plain_line("  ".join(str(part) for part in parts))


def log_text(log: bytes | None) -> str:
    """Return a log as lines that end in a line feed and that no terminal obeys.

    Args:
        log: What the function wrote; nothing where there is none.
    """
    if log is None:
        return "  (no log)\n"
    lines = plain_bytes(log).rstrip("\n").split("\n") if log else []
    return "".join(f"  {line}\n" for line in lines)


def print_line_document(call: Mapping[str, JsonValue], log: bytes | None = None) -> None:
    """Print a call as one line of JSON, for a machine that reads line after line.

    Args:
        call: The controller's document.
        log: What the function wrote, if it is shown.
    """
    attempt = last_attempt(call)
    document = {name: call.get(name) for name in _CALL_MEMBERS}
    document |= {name: attempt[name] for name in _ATTEMPT_MEMBERS if name in attempt}
    if log is not None:
        try:
            document["log"] = log.decode()
        except UnicodeDecodeError:
            document["logBase64"] = base64.b64encode(log).decode("ascii")
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()


def last_attempt(call: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    """Return the last attempt of a call; nothing where there is none.

    Args:
        call: The controller's document.
    """
    attempts = call.get("jobs")
    last = attempts[-1] if isinstance(attempts, list) and attempts else {}
    return last if isinstance(last, Mapping) else {}


def _time(value: JsonValue) -> str:
    if not isinstance(value, int):
        return "-"
    return datetime.fromtimestamp(value / _MS_PER_SECOND, UTC).strftime("%Y-%m-%d %H:%M:%S")
