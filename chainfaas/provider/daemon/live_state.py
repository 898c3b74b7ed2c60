"""What only the running daemon knows, in a file of its folder for whoever asks for its status."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from chainfaas.domain.identifiers import VersionId
from chainfaas.provider.daemon.controller_contact import ControllerContact, parse_contact

FILE_NAME = "live.json"


@dataclass(frozen=True, slots=True)
class LiveState:
    """A daemon at one moment.

    Attributes:
        pid: Its process.
        ready: Sandboxes that stand ready, by version.
        running: Jobs that it holds.
        controllers: How it stands with each controller.
    """

    pid: int
    ready: Mapping[VersionId, int] = field(default_factory=dict)
    running: int = 0
    controllers: tuple[ControllerContact, ...] = ()


def write_live_state(folder: Path, state: LiveState) -> None:
    """Write a state down, in one step.

    Args:
        folder: The provider's folder.
        state: The state.
    """
    document = {
        "pid": state.pid,
        "ready": {str(version): count for version, count in sorted(state.ready.items())},
        "running": state.running,
        "controllers": [contact.document() for contact in state.controllers],
    }
    file = folder / FILE_NAME
    unfinished = file.with_suffix(f".{os.getpid()}.tmp")
    unfinished.write_text(json.dumps(document), encoding="utf-8")
    unfinished.replace(file)


def read_live_state(folder: Path, pid: int) -> LiveState | None:
    """Return what a running daemon wrote down last; none if it has not, or another one did.

    Args:
        folder: The provider's folder.
        pid: The daemon's process.
    """
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError, AttributeError):
        document = json.loads((folder / FILE_NAME).read_text(encoding="utf-8"))
        ready = {VersionId(int(version)): int(count) for version, count in document["ready"].items()}
        contacts = tuple(parse_contact(each) for each in document.get("controllers", []))
        state = LiveState(int(document["pid"]), ready, int(document["running"]), contacts)
        return state if state.pid == pid else None
    return None
