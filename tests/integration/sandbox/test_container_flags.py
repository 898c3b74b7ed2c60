"""The flags of a live sandbox, one by one, after section 5 of the CIS Docker Benchmark."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from chainfaas.provider.sandbox.docker_runtime import DockerRuntime
from chainfaas.provider.sandbox.docker_sandbox import DockerSandbox
from tests.container_engine import ContainerWorld
from tests.integration.sandbox.conftest import NewRequest

Document = Mapping[str, Any]
MIB = 1 << 20

FLAGS: tuple[tuple[str, Callable[[Document, Document], object], object], ...] = (
    ("not privileged", lambda config, host: host["Privileged"], False),
    ("no capability added", lambda config, host: host["CapAdd"] or [], []),
    ("all capabilities dropped", lambda config, host: host["CapDrop"], ["ALL"]),
    ("no new privileges", lambda config, host: "no-new-privileges:true" in host["SecurityOpt"], True),
    ("own seccomp profile", lambda config, host: host["SecurityOpt"][1][:26], 'seccomp={"defaultAction":"'),
    ("no network at creation", lambda config, host: config["NetworkDisabled"], True),
    ("no network mode", lambda config, host: host["NetworkMode"], "none"),
    ("no ports", lambda config, host: (host["PortBindings"] or {}, host["PublishAllPorts"]), ({}, False)),
    ("read-only root", lambda config, host: host["ReadonlyRootfs"], True),
    ("no binds", lambda config, host: host["Binds"] or [], []),
    ("one mount", lambda config, host: [mount["Target"] for mount in host["Mounts"]], ["/sandbox-init"]),
    ("the mount is read-only", lambda config, host: host["Mounts"][0]["ReadOnly"], True),
    ("no volumes of others", lambda config, host: host["VolumesFrom"] or [], []),
    ("no devices", lambda config, host: (host["Devices"] or [], host["DeviceRequests"] or []), ([], [])),
    ("tmpfs alone can be written", lambda config, host: list(host["Tmpfs"]), ["/tmp"]),  # noqa: S108
    (
        "tmpfs is bounded and runs nothing",
        lambda config, host: host["Tmpfs"]["/tmp"],  # noqa: S108
        "rw,nosuid,nodev,noexec,size=32m,nr_inodes=4096,mode=1777",
    ),
    ("shm", lambda config, host: host["ShmSize"], MIB),
    ("memory", lambda config, host: host["Memory"], 64 * MIB),
    ("no swap", lambda config, host: host["MemorySwap"], 64 * MIB),
    ("killed before the machine's own", lambda config, host: host["OomScoreAdj"], 500),
    ("killed when out of memory", lambda config, host: host["OomKillDisable"] or False, False),
    ("processor", lambda config, host: host["NanoCpus"], 1_000_000_000),
    ("pids", lambda config, host: host["PidsLimit"], 80),
    (
        "ulimits",
        lambda config, host: {limit["Name"]: (limit["Soft"], limit["Hard"]) for limit in host["Ulimits"]},
        {
            "core": (0, 0),
            "fsize": (64 * MIB, 64 * MIB),
            "memlock": (65_536, 65_536),
            "msgqueue": (0, 0),
            "nofile": (256, 256),
        },
    ),
    ("nobody", lambda config, host: config["User"], "65532:65532"),
    ("own IPC", lambda config, host: host["IpcMode"], "private"),
    ("own PIDs", lambda config, host: host["PidMode"], ""),
    ("own host name", lambda config, host: (host["UTSMode"], config["Hostname"]), ("", "sandbox")),
    ("no log of the engine's", lambda config, host: host["LogConfig"]["Type"], "none"),
    ("no restart", lambda config, host: host["RestartPolicy"]["Name"], "no"),
    ("no health check", lambda config, host: config["Healthcheck"]["Test"], ["NONE"]),
    ("stopped at once", lambda config, host: (config["StopSignal"], config["StopTimeout"]), ("SIGKILL", 1)),
    ("process 1 is ours", lambda config, host: config["Entrypoint"], ["/sandbox-init"]),
    ("working folder is named", lambda config, host: config["WorkingDir"], "/"),
    (
        "input ends with the daemon",
        lambda config, host: (config["OpenStdin"], config["StdinOnce"]),
        (True, True),
    ),
    ("no terminal", lambda config, host: config["Tty"], False),
    ("no volumes", lambda config, host: config["Volumes"] or {}, {}),
    ("own control group", lambda config, host: host["CgroupParent"], ""),
    ("user namespace is not the host's on purpose", lambda config, host: host["UsernsMode"], ""),
)


@pytest.fixture
def sandbox(runtime: DockerRuntime, request_for: NewRequest) -> DockerSandbox:
    return runtime.prepare(request_for("cat"))


@pytest.fixture(scope="module")
def known() -> dict[str, Document]:
    return {}


@pytest.fixture
def document(
    known: dict[str, Document], world: ContainerWorld, runtime: DockerRuntime, request_for: NewRequest
) -> Document:
    """What the engine says of a sandbox that waits for its input, asked once for all flags."""
    if not known:
        known["live"] = world.client.inspect_container(runtime.prepare(request_for("cat")).name)
    return known["live"]


@pytest.mark.parametrize(("name", "read", "expected"), FLAGS, ids=[name for name, _, _ in FLAGS])
def test_inspect__live_sandbox__each_flag_in_force(
    name: str, read: Callable[[Document, Document], object], expected: object, document: Document
) -> None:
    assert document["State"]["Running"]
    assert read(document["Config"], document["HostConfig"]) == expected


def test_limits__live_sandbox__read_back_as_asked(sandbox: DockerSandbox) -> None:
    limits = sandbox.limits.as_json()
    assert limits["memoryBytes"] == limits["memorySwapBytes"] == 64 * MIB
    assert limits["mounts"] == ["/sandbox-init:ro"]
    assert limits["networkDisabled"] is limits["readOnlyRoot"] is limits["noNewPrivileges"] is True


def test_limits__two_sandboxes_of_one_version__equal(
    sandbox: DockerSandbox, runtime: DockerRuntime, request_for: NewRequest
) -> None:
    assert runtime.prepare(request_for("true")).limits == sandbox.limits
    assert runtime.prepare(request_for("true", memory_mib=65)).limits != sandbox.limits
