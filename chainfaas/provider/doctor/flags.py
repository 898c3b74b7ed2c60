"""Every hardening flag of a sandbox, by name, and how a container looks without it.

Only for proving that the flag is what stops an attack. What stands in its place is bounded, so that an attack
that gets through does no harm to the machine.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, TypeAlias

from chainfaas.domain.limits import MIB

ContainerDocument: TypeAlias = dict[str, Any]
"""Body of the Docker Engine API's ContainerCreate, which has no narrower type here."""


class Flag(StrEnum):
    """A flag that a sandbox is made with."""

    NETWORK = "network"
    READ_ONLY_ROOT = "read-only-root"
    INIT_READ_ONLY = "init-read-only"
    ONE_MOUNT = "one-mount"
    TMP_SIZE = "tmp-size"
    TMP_INODES = "tmp-inodes"
    TMP_NOEXEC = "tmp-noexec"
    TMP_NOSUID = "tmp-nosuid"
    TMP_NODEV = "tmp-nodev"
    SHM_SIZE = "shm-size"
    MEMORY = "memory"
    SWAP = "swap"
    OOM_SCORE = "oom-score"
    CPU = "cpu"
    PIDS = "pids"
    CORE = "core"
    FILE_SIZE = "file-size"
    LOCKED_MEMORY = "locked-memory"
    MESSAGE_QUEUES = "message-queues"
    OPEN_FILES = "open-files"
    CAPABILITIES = "capabilities"
    USER = "user"
    NO_NEW_PRIVILEGES = "no-new-privileges"
    SECCOMP = "seccomp"
    MASKED_PATHS = "masked-paths"
    NOT_PRIVILEGED = "not-privileged"
    PRIVATE_IPC = "private-ipc"
    OWN_HOST_NAME = "own-host-name"
    NO_LOG = "no-log"
    NO_HEALTH_CHECK = "no-health-check"
    INPUT_ONCE = "input-once"
    NO_RESTART = "no-restart"
    IMAGE_POLICY = "image-policy"
    IMAGE_SIZE = "image-size"
    IMAGE_LAYERS = "image-layers"
    IMAGE_REPOSITORIES = "image-repositories"


POLICY_FLAGS = frozenset({Flag.IMAGE_POLICY, Flag.IMAGE_SIZE, Flag.IMAGE_LAYERS, Flag.IMAGE_REPOSITORIES})
"""Checks of an image before any container is made."""


Weaken: TypeAlias = Callable[[ContainerDocument], None]


def without(flag: Flag, config: Mapping[str, Any], host_folder: str) -> ContainerDocument:
    """Return how a container is asked for without one flag.

    Args:
        flag: Any but those of the image policy, which change nothing here.
        config: The body of ContainerCreate, which stays as it is.
        host_folder: A folder of the host's that would stand open.
    """
    changed: ContainerDocument = {**config, "HostConfig": {**config["HostConfig"]}}
    if flag is Flag.ONE_MOUNT:
        host = changed["HostConfig"]
        added = {"Type": "bind", "Source": host_folder, "Target": host_folder, "ReadOnly": True}
        host["Mounts"] = [*host["Mounts"], added]
    elif flag in _WEAKENED:
        _WEAKENED[flag](changed)
    return changed


def _host(**values: object) -> Weaken:
    return lambda config: config["HostConfig"].update(values)


def _config(**values: object) -> Weaken:
    return lambda config: config.update(values)


def _both(*parts: Weaken) -> Weaken:
    def apply(config: ContainerDocument) -> None:
        for part in parts:
            part(config)

    return apply


def _tmp_option(start: str, instead: str) -> Weaken:
    def apply(config: ContainerDocument) -> None:
        host = config["HostConfig"]
        host["Tmpfs"] = {
            path: ",".join(instead if option.startswith(start) else option for option in options.split(","))
            for path, options in host["Tmpfs"].items()
        }

    return apply


def _ulimit(name: str, value: int) -> Weaken:
    def apply(config: ContainerDocument) -> None:
        host = config["HostConfig"]
        host["Ulimits"] = [
            {"Name": name, "Soft": value, "Hard": value} if limit["Name"] == name else limit
            for limit in host["Ulimits"]
        ]

    return apply


def _unfiltered(config: ContainerDocument) -> None:
    host = config["HostConfig"]
    kept = [option for option in host["SecurityOpt"] if not option.startswith("seccomp=")]
    host["SecurityOpt"] = [*kept, "seccomp=unconfined"]


def _init_writable(config: ContainerDocument) -> None:
    host = config["HostConfig"]
    host["Mounts"] = [{**mount, "ReadOnly": False} for mount in host["Mounts"]]


def _swap(config: ContainerDocument) -> None:
    config["HostConfig"]["MemorySwap"] = config["HostConfig"]["Memory"] + 64 * MIB


def _new_privileges(config: ContainerDocument) -> None:
    # Without the promise the engine puts its filter in force before it sets capabilities, which the filter
    # has to let it do then.
    host = config["HostConfig"]
    kept = [option for option in host["SecurityOpt"] if not option.startswith("no-new-privileges")]
    host["SecurityOpt"] = [_with_call(option, "capset") for option in kept]


def _with_call(option: str, call: str) -> str:
    name, _, text = option.partition("=")
    if name != "seccomp":
        return option
    profile = json.loads(text)
    profile["syscalls"].append({"names": [call], "action": "SCMP_ACT_ALLOW"})
    return f"{name}={json.dumps(profile)}"


def _health_check(config: ContainerDocument) -> None:
    del config["Healthcheck"]


_WEAKENED: Mapping[Flag, Weaken] = {
    Flag.NETWORK: _both(_config(NetworkDisabled=False), _host(NetworkMode="host")),
    Flag.READ_ONLY_ROOT: _host(ReadonlyRootfs=False),
    Flag.INIT_READ_ONLY: _init_writable,
    Flag.TMP_SIZE: _tmp_option("size=", "size=512m"),
    Flag.TMP_INODES: _tmp_option("nr_inodes=", "nr_inodes=100000"),
    Flag.TMP_NOEXEC: _tmp_option("noexec", "exec"),
    Flag.TMP_NOSUID: _tmp_option("nosuid", "suid"),
    Flag.TMP_NODEV: _tmp_option("nodev", "dev"),
    Flag.SHM_SIZE: _host(ShmSize=64 * MIB),
    Flag.MEMORY: _host(Memory=1_024 * MIB, MemorySwap=1_024 * MIB),
    Flag.SWAP: _swap,
    Flag.OOM_SCORE: _host(OomScoreAdj=0),
    Flag.CPU: _host(NanoCpus=0),
    Flag.PIDS: _host(PidsLimit=1_000),
    Flag.CORE: _ulimit("core", 1 << 20),
    Flag.FILE_SIZE: _ulimit("fsize", -1),
    Flag.LOCKED_MEMORY: _ulimit("memlock", 4 * MIB),
    Flag.MESSAGE_QUEUES: _ulimit("msgqueue", 800_000),
    Flag.OPEN_FILES: _ulimit("nofile", 4_096),
    Flag.CAPABILITIES: _host(CapDrop=[]),
    Flag.USER: _config(User="0:0"),
    Flag.NO_NEW_PRIVILEGES: _new_privileges,
    Flag.SECCOMP: _unfiltered,
    Flag.MASKED_PATHS: _host(MaskedPaths=[], ReadonlyPaths=[]),
    Flag.NOT_PRIVILEGED: _host(Privileged=True),
    Flag.PRIVATE_IPC: _host(IpcMode="host"),
    Flag.OWN_HOST_NAME: _both(_config(Hostname=""), _host(UTSMode="host")),
    Flag.NO_LOG: _host(LogConfig={"Type": "json-file", "Config": {"max-size": "1m"}}),
    Flag.NO_HEALTH_CHECK: _health_check,
    Flag.INPUT_ONCE: _config(StdinOnce=False),
    Flag.NO_RESTART: _host(RestartPolicy={"Name": "always", "MaximumRetryCount": 0}),
}
