"""What the doctor looks at when an attack has ended, while its container is still there."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from docker.errors import APIError

from chainfaas.provider.doctor.attack import After
from chainfaas.provider.doctor.ward import Ward
from chainfaas.provider.sandbox.container_config import INIT_TARGET
from chainfaas.provider.sandbox.containers import engine_faults
from chainfaas.provider.sandbox.docker_sandbox import DockerSandbox

_END_SECONDS = 10.0
_LOOK_SECONDS = 0.05
_SETTLE_SECONDS = 0.5


def look_after(ward: Ward, sandbox: DockerSandbox, after: After) -> str:
    """Return what is otherwise than it should be, or nothing.

    Args:
        ward: Where the attack ran.
        sandbox: Its sandbox, not discarded yet.
        after: What to look at.

    Raises:
        EngineFailedError: the engine does not say.
    """
    look = _LOOKS.get(after)
    if look is None:
        return ""
    with engine_faults(f"look at {sandbox.name}"):
        return look(ward, sandbox.name)


def _no_log(ward: Ward, name: str) -> str:
    try:
        kept = ward.client.logs(name, tail=1)
    except APIError:
        # Where there is no log the engine says that it cannot be read.
        return ""
    return f"The engine keeps {len(kept)} bytes and more of what it said." if kept else ""


def _alone(ward: Ward, name: str) -> str:
    rows = ward.client.top(name)["Processes"] or []
    others = [row for row in rows if INIT_TARGET not in " ".join(row)]
    return f"{len(others)} processes are left." if others else ""


def _ended(ward: Ward, name: str) -> str:
    # It may take its time, but once it has ended it has to stay so.
    deadline = time.monotonic() + _END_SECONDS
    while _state(ward, name)["Running"]:
        if time.monotonic() > deadline:
            return "Its container goes on."
        time.sleep(_LOOK_SECONDS)
    time.sleep(_SETTLE_SECONDS)
    return "Its container was started again." if _state(ward, name)["Running"] else ""


def _state(ward: Ward, name: str) -> Mapping[str, object]:
    document = ward.client.inspect_container(name)
    # One that is about to be started again counts as running.
    return {
        "Running": document["State"]["Running"]
        or document["State"]["Restarting"]
        or document["RestartCount"] > 0
    }


def _own_labels(ward: Ward, name: str) -> str:
    found = ward.client.inspect_container(name)["Config"]["Labels"]
    wrong = [label for label, value in ward.owner.labels.items() if found.get(label) != value]
    return f"Its container is labelled otherwise: {', '.join(wrong)}." if wrong else ""


_LOOKS: Mapping[After, Callable[[Ward, str], str]] = {
    After.NO_LOG: _no_log,
    After.ALONE: _alone,
    After.ENDED: _ended,
    After.OWN_LABELS: _own_labels,
}
