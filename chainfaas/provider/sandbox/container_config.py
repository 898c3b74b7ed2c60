"""What the engine is asked for when it makes a sandbox: every hardening flag in one place.

The document is the body of the Docker Engine API's ContainerCreate; docs/reference/sandbox.md says what each
flag is for.
"""

from __future__ import annotations

import importlib.resources
import json
from dataclasses import dataclass

from chainfaas.domain.canonical_json import JsonValue
from chainfaas.domain.limits import KIB, MIB
from chainfaas.domain.manifests import Manifest, Mode
from chainfaas.provider.sandbox.image_policy import AcceptedImage
from chainfaas.provider.sandbox.init_program import InitProgram
from chainfaas.provider.sandbox.runtime import SandboxRequest

INIT_TARGET = "/sandbox-init"
SANDBOX_USER = "65532:65532"
"""Nobody's number on usual systems; images for unprivileged use know it as nonroot."""

_JOB_PIDS = 64
_INIT_PIDS = 16
"""Threads that process 1 may hold on top of the job's share."""
_GVISOR_PIDS = 64
"""gVisor's own threads count as the container's."""
_TMPFS_MAX_MIB = 64
_TMPFS_INODES = 4_096
_OPEN_FILES = 256
_FILE_MAX_BYTES = 64 * MIB
_LOCKED_MAX_BYTES = 64 * KIB
_OOM_SCORE = 500
"""Of 1,000: when the machine itself is out of memory, the kernel kills in a sandbox and not the daemon."""
_NANO_PER_MILLI = 1_000_000

GVISOR_RUNTIME = "runsc"
DEFAULT_RUNTIME = "runc"


@dataclass(frozen=True, slots=True)
class SandboxKind:
    """What is the same for all sandboxes of one daemon."""

    init: InitProgram
    seccomp_profile: str
    """JSON text of the system calls that are allowed."""
    runtime: str = DEFAULT_RUNTIME
    """The engine's OCI runtime."""


def load_seccomp_profile() -> str:
    """Return our own profile as one line of JSON."""
    text = importlib.resources.files(__package__).joinpath("seccomp.json").read_text()
    return json.dumps(json.loads(text), separators=(",", ":"))


def container_config(
    request: SandboxRequest, image: AcceptedImage, kind: SandboxKind, labels: dict[str, str]
) -> dict[str, JsonValue]:
    """Return the body that makes a sandbox.

    Args:
        request: Which function it is for.
        image: Its image, checked.
        kind: What all sandboxes share.
        labels: Whose it is.
    """
    command = request.manifest.command or image.command
    environment: list[JsonValue] = [f"{name}={value}" for name, value in request.manifest.environment]
    return {
        "Image": image.id,
        "Entrypoint": [INIT_TARGET],
        "Cmd": [_init_mode(request.manifest), "--", *command],
        "Env": environment,
        "User": SANDBOX_USER,
        # Always named: an image could otherwise choose one that leads out of the container (CVE-2024-21626).
        "WorkingDir": image.working_folder,
        "Hostname": "sandbox",
        "Labels": labels,
        "NetworkDisabled": True,
        "AttachStdin": True,
        "AttachStdout": True,
        "AttachStderr": False,
        "OpenStdin": True,
        # A daemon that dies takes its connection with it, and process 1 ends at the end of its input.
        "StdinOnce": True,
        "Tty": False,
        "StopTimeout": 1,
        "StopSignal": "SIGKILL",
        "Healthcheck": {"Test": ["NONE"]},
        "HostConfig": _host_config(request, kind),
    }


def _init_mode(manifest: Manifest) -> str:
    # A program that may be started before its input is there always is, so that its start is never billed.
    is_ahead = manifest.mode is Mode.ONESHOT and manifest.warm.prestart
    return "ahead" if is_ahead else manifest.mode.value


def _host_config(request: SandboxRequest, kind: SandboxKind) -> dict[str, JsonValue]:
    memory_bytes = request.memory_mib * MIB
    # Files in a tmpfs count as memory. Half of it, so that a job meets a full disk before it has no memory.
    tmpfs_mib = min(_TMPFS_MAX_MIB, request.memory_mib // 2)
    return {
        "Runtime": kind.runtime,
        "NetworkMode": "none",
        "ReadonlyRootfs": True,
        "Tmpfs": {
            "/tmp": f"rw,nosuid,nodev,noexec,size={tmpfs_mib}m,nr_inodes={_TMPFS_INODES},mode=1777"  # noqa: S108 - the sandbox's own
        },
        "Mounts": [
            {
                "Type": "bind",
                "Source": str(kind.init.path),
                "Target": INIT_TARGET,
                "ReadOnly": True,
                "BindOptions": {"Propagation": "rprivate"},
            }
        ],
        "Memory": memory_bytes,
        "MemorySwap": memory_bytes,
        "NanoCpus": request.cpu_milli * _NANO_PER_MILLI,
        "PidsLimit": _JOB_PIDS + _INIT_PIDS + (_GVISOR_PIDS if kind.runtime == GVISOR_RUNTIME else 0),
        "Ulimits": [
            _ulimit("core", 0),
            _ulimit("fsize", _FILE_MAX_BYTES),
            _ulimit("memlock", _LOCKED_MAX_BYTES),
            _ulimit("msgqueue", 0),
            _ulimit("nofile", _OPEN_FILES),
        ],
        "ShmSize": MIB,
        "IpcMode": "private",
        "CapAdd": [],
        "CapDrop": ["ALL"],
        "Privileged": False,
        "SecurityOpt": ["no-new-privileges:true", f"seccomp={kind.seccomp_profile}"],
        "Devices": [],
        "LogConfig": {"Type": "none", "Config": {}},
        "RestartPolicy": {"Name": "no", "MaximumRetryCount": 0},
        "AutoRemove": False,
        "OomKillDisable": False,
        "OomScoreAdj": _OOM_SCORE,
    }


def _ulimit(name: str, value: int) -> dict[str, JsonValue]:
    return {"Name": name, "Soft": value, "Hard": value}
