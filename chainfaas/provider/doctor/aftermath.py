"""What the doctor looks at when an attack has ended, while its container is still there."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from docker import APIClient
from docker.errors import APIError

from chainfaas.provider.doctor.attack import After, Attack
from chainfaas.provider.doctor.ward import Ward
from chainfaas.provider.sandbox.docker_sandbox import DockerSandbox
from chainfaas.provider.sandbox.engine_faults import engine_faults
from chainfaas.provider.sandbox.ownership import Owner

_END_SECONDS = 5.0
_LOOK_SECONDS = 0.05
_NS_PER_SECOND = 1_000_000_000
_SHARE_TOLERANCE = 1.5
_SHARE_START_SECONDS = 0.3
"""What setting a container up may take of its own processor time."""
_MICROSECONDS = 26
"""Length of a time with microseconds, of an engine that writes nanoseconds."""


@dataclass(frozen=True, slots=True)
class _Scene:
    client: APIClient
    owner: Owner
    name: str
    cpu_milli: int


def look_after(ward: Ward, sandbox: DockerSandbox, attack: Attack) -> str:
    """Return what is otherwise than it should be, or nothing.

    Args:
        ward: Where the attack ran.
        sandbox: Its sandbox, not discarded yet.
        attack: Which it was.

    Raises:
        EngineFailedError: the engine does not say.
    """
    look = _LOOKS.get(attack.after)
    if look is None:
        return ""
    with engine_faults(f"look at {sandbox.name}"):
        return look(_Scene(ward.client, ward.owner, sandbox.name, attack.cpu_milli))


def _no_log(scene: _Scene) -> str:
    try:
        kept = scene.client.logs(scene.name, tail=1)
    except APIError:
        # Where there is no log the engine says that it cannot be read.
        return ""
    return f"The engine keeps {len(kept)} bytes and more of what it said." if kept else ""


def _alone(scene: _Scene) -> str:
    if not scene.client.inspect_container(scene.name)["State"]["Running"]:
        return ""
    rows = scene.client.top(scene.name)["Processes"] or []
    # The first is process 1, under gVisor by a number that is not the host's.
    left = len(rows) - 1
    return f"{left} processes are left." if left > 0 else ""


def _ended(scene: _Scene) -> str:
    # It may take its time, but once it has ended it has to stay so.
    deadline = time.monotonic() + _END_SECONDS
    while True:
        document = scene.client.inspect_container(scene.name)
        if document["RestartCount"] > 0 or document["State"]["Restarting"]:
            return "Its container was started again."
        if not document["State"]["Running"]:
            return ""
        if time.monotonic() > deadline:
            return "Its container goes on."
        time.sleep(_LOOK_SECONDS)


def _share(scene: _Scene) -> str:
    state = scene.client.inspect_container(scene.name)["State"]
    measured = scene.client.stats(scene.name, stream=False, one_shot=True)
    got_seconds = int(measured["cpu_stats"]["cpu_usage"]["total_usage"]) / _NS_PER_SECOND
    lived = datetime.now(UTC) - datetime.fromisoformat(state["StartedAt"][:_MICROSECONDS] + "+00:00")
    share_seconds = lived.total_seconds() * scene.cpu_milli / 1_000
    if got_seconds <= share_seconds * _SHARE_TOLERANCE + _SHARE_START_SECONDS:
        return ""
    return f"It got {got_seconds:.1f} s of processor time, and {share_seconds:.1f} s are its share."


def _own_labels(scene: _Scene) -> str:
    found = scene.client.inspect_container(scene.name)["Config"]["Labels"]
    wrong = [label for label, value in scene.owner.labels.items() if found.get(label) != value]
    return f"Its container is labelled otherwise: {', '.join(wrong)}." if wrong else ""


_LOOKS: Mapping[After, Callable[[_Scene], str]] = {
    After.NO_LOG: _no_log,
    After.ALONE: _alone,
    After.ENDED: _ended,
    After.SHARE: _share,
    After.OWN_LABELS: _own_labels,
}
