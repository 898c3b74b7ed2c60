"""Reading the limits of a container, from the request that makes it or from what the engine says of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from chainfaas.domain.canonical_json import JsonValue
from chainfaas.provider.errors import SandboxLimitsError
from chainfaas.provider.sandbox.container_config import INIT_TARGET
from chainfaas.provider.sandbox.runtime import LimitsInForce

_SECCOMP = "seccomp="


def requested_limits(config: Mapping[str, Any], init_sha256: str) -> LimitsInForce:
    """Return the limits that a ContainerCreate body asks for.

    Args:
        config: The body.
        init_sha256: Hash of process 1.
    """
    mounts = [(mount["Target"], not mount["ReadOnly"]) for mount in config["HostConfig"]["Mounts"]]
    return _limits(config, config["HostConfig"], mounts, init_sha256)


def read_limits(inspected: Mapping[str, Any], requested: LimitsInForce, init_sha256: str) -> LimitsInForce:
    """Return the limits that the engine says are in force.

    Args:
        inspected: The engine's ContainerInspect.
        requested: What was asked for.
        init_sha256: Hash of process 1.

    Raises:
        SandboxLimitsError: they are not what was asked for; the message names each that is not.
    """
    mounts = [
        (mount["Destination"], mount["RW"]) for mount in inspected["Mounts"] if mount["Type"] != "tmpfs"
    ]
    found = _limits(inspected["Config"], inspected["HostConfig"], mounts, init_sha256)
    if found != requested:
        asked = requested.as_json()
        different = [name for name, value in found.as_json().items() if asked.get(name) != value]
        raise SandboxLimitsError(f"The engine does not enforce {', '.join(different)} as asked.")
    return found


def _limits(
    config: Mapping[str, Any], host: Mapping[str, Any], mounts: list[tuple[str, bool]], init_sha256: str
) -> LimitsInForce:
    options: list[str] = host["SecurityOpt"] or []
    values: dict[str, JsonValue] = {
        "capAdd": list(host["CapAdd"] or ()),
        "capDrop": list(host["CapDrop"] or ()),
        "devices": len(host["Devices"] or ()),
        "init": init_sha256 if (INIT_TARGET, False) in mounts else "",
        "ipcMode": host["IpcMode"],
        "logDriver": host["LogConfig"]["Type"],
        "memoryBytes": host["Memory"],
        "memorySwapBytes": host["MemorySwap"],
        "mounts": [f"{target}:{'rw' if writable else 'ro'}" for target, writable in sorted(mounts)],
        "nanoCpus": host["NanoCpus"],
        # An engine leaves this one out where it is false.
        "networkDisabled": bool(config.get("NetworkDisabled")),
        "noNewPrivileges": "no-new-privileges:true" in options,
        "oomScore": host["OomScoreAdj"],
        "pidsLimit": host["PidsLimit"] or 0,
        "privileged": bool(host["Privileged"]),
        "readOnlyRoot": bool(host["ReadonlyRootfs"]),
        "runtime": host["Runtime"],
        "seccomp": _seccomp_sha256(options),
        "shmBytes": host["ShmSize"],
        "tmpfs": dict(host["Tmpfs"] or {}),
        "ulimits": {limit["Name"]: limit["Hard"] for limit in host["Ulimits"] or ()},
        "user": config["User"],
    }
    return LimitsInForce(tuple(sorted(values.items())))


def _seccomp_sha256(options: list[str]) -> str:
    for option in options:
        if option.startswith(_SECCOMP):
            return hashlib.sha256(option.removeprefix(_SECCOMP).encode()).hexdigest()
    return ""
