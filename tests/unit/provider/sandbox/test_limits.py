import json
from pathlib import Path
from typing import Any

import pytest

from chainfaas.domain.encodings import bytes32
from chainfaas.domain.errors import ConfigurationError, InvalidIdentifierError
from chainfaas.domain.identifiers import InvocationId, ProviderId, VersionId
from chainfaas.domain.manifests import Image, Manifest, Mode, Warm
from chainfaas.provider.errors import SandboxLimitsError
from chainfaas.provider.sandbox import init_program
from chainfaas.provider.sandbox.container_config import (
    SandboxKind,
    container_config,
    load_seccomp_profile,
)
from chainfaas.provider.sandbox.image_policy import AcceptedImage
from chainfaas.provider.sandbox.init_program import InitProgram, locate_init_program
from chainfaas.provider.sandbox.ownership import Owner
from chainfaas.provider.sandbox.read_limits import read_limits, requested_limits
from chainfaas.provider.sandbox.runtime import LimitsInForce, SandboxRequest, cut_log

IMAGE = Image("r/f", "sha256:" + 64 * "a")
MANIFEST = Manifest(
    IMAGE, "text/plain", Mode.ONESHOT, Warm(prestart=True, reuse=False), (("A", "b"), ("C", "")), 9
)
OWNER = Owner(bytes32(b"\x12" * 32), ProviderId(7), "bootboot")
KIND = SandboxKind(InitProgram(Path("/x/init"), "ff"), load_seccomp_profile())
INVOCATION = InvocationId(bytes32(b"\x05" * 32))


def made(memory_mib: int = 64, manifest: Manifest = MANIFEST, kind: SandboxKind = KIND) -> dict[str, Any]:
    request = SandboxRequest(VersionId(3), manifest, memory_mib, cpu_milli=500)
    image = AcceptedImage("sha256:1", ("/f", "x"), "/app")
    labels = OWNER.container_labels(VersionId(3), 1)
    return dict(container_config(request, image, kind, labels))


def inspected(config: dict[str, Any]) -> dict[str, Any]:
    """What an engine that does as it is told says of a container."""
    copy = json.loads(json.dumps(config))
    mounts = [{"Type": "bind", "Destination": "/sandbox-init", "RW": False}]
    return {"Config": copy, "HostConfig": copy["HostConfig"], "Mounts": mounts}


def test_container_config__no_command_in_the_manifest__runs_the_images_own_behind_process_1() -> None:
    config = made()
    assert config["Entrypoint"] == ["/sandbox-init"]
    assert config["Cmd"] == ["ahead", "--", "/f", "x"]
    assert config["Env"] == ["A=b", "C="]
    assert config["WorkingDir"] == "/app"


@pytest.mark.parametrize(
    ("mode", "warm", "told"),
    [
        (Mode.ONESHOT, Warm(prestart=True, reuse=False), "ahead"),
        (Mode.ONESHOT, Warm(prestart=False, reuse=False), "oneshot"),
        (Mode.STREAM, Warm(prestart=True, reuse=True), "stream"),
        (Mode.STREAM, Warm(prestart=False, reuse=True), "stream"),
    ],
)
def test_container_config__manifest__says_when_the_program_starts(mode: Mode, warm: Warm, told: str) -> None:
    manifest = Manifest(IMAGE, "text/plain", mode, warm, (), 9)
    assert made(manifest=manifest)["Cmd"][0] == told


@pytest.mark.parametrize(("memory_mib", "tmpfs_mib"), [(32, 16), (64, 32), (128, 64), (4_096, 64)])
def test_container_config__memory__bounds_files_below_it(memory_mib: int, tmpfs_mib: int) -> None:
    host = made(memory_mib)["HostConfig"]
    assert host["Memory"] == host["MemorySwap"] == memory_mib << 20
    assert f"size={tmpfs_mib}m" in host["Tmpfs"]["/tmp"]  # noqa: S108 - the sandbox's own


def test_container_config__gvisor__has_room_for_its_threads() -> None:
    gvisor = SandboxKind(KIND.init, KIND.seccomp_profile, "runsc")
    assert made(kind=gvisor)["HostConfig"]["PidsLimit"] > made()["HostConfig"]["PidsLimit"]


def test_read_limits__engine_that_does_as_told__equal_to_what_was_asked() -> None:
    config = made()
    requested = requested_limits(config, "ff")
    assert read_limits(inspected(config), requested, "ff") == requested


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("capAdd", {"CapAdd": ["SYS_ADMIN"]}),
        ("capDrop", {"CapDrop": None}),
        ("devices", {"Devices": [{"PathOnHost": "/dev/kvm"}]}),
        ("ipcMode", {"IpcMode": "host"}),
        ("logDriver", {"LogConfig": {"Type": "json-file"}}),
        ("memoryBytes", {"Memory": 0}),
        ("memorySwapBytes", {"MemorySwap": -1}),
        ("nanoCpus", {"NanoCpus": 0}),
        ("noNewPrivileges", {"SecurityOpt": [f"seccomp={KIND.seccomp_profile}"]}),
        ("seccomp", {"SecurityOpt": ["no-new-privileges:true", "seccomp=unconfined"]}),
        ("seccomp", {"SecurityOpt": None}),
        ("pidsLimit", {"PidsLimit": None}),
        ("privileged", {"Privileged": True}),
        ("readOnlyRoot", {"ReadonlyRootfs": False}),
        ("runtime", {"Runtime": "other"}),
        ("shmBytes", {"ShmSize": 64 << 20}),
        ("tmpfs", {"Tmpfs": None}),
        ("ulimits", {"Ulimits": None}),
    ],
)
def test_read_limits__engine_that_drops_one__refused_by_name(name: str, change: dict[str, Any]) -> None:
    config = made()
    document = inspected(config)
    document["HostConfig"] |= change
    with pytest.raises(SandboxLimitsError, match=name):
        read_limits(document, requested_limits(config, "ff"), "ff")


def test_read_limits__another_mount__refused() -> None:
    config = made()
    document = inspected(config)
    document["Mounts"].append({"Type": "volume", "Destination": "/data", "RW": True})
    with pytest.raises(SandboxLimitsError, match="mounts"):
        read_limits(document, requested_limits(config, "ff"), "ff")


def test_read_limits__engine_that_says_nothing_of_the_network__refused() -> None:
    config = made()
    document = inspected(config)
    del document["Config"]["NetworkDisabled"]
    with pytest.raises(SandboxLimitsError, match="networkDisabled"):
        read_limits(document, requested_limits(config, "ff"), "ff")


@pytest.mark.parametrize(
    "mount",
    [
        {"Type": "bind", "Destination": "/sandbox-init", "RW": True},
        {"Type": "bind", "Destination": "/elsewhere", "RW": False},
    ],
)
def test_read_limits__process_1_is_not_what_was_mounted__refused(mount: dict[str, Any]) -> None:
    config = made()
    document = {**inspected(config), "Mounts": [mount]}
    with pytest.raises(SandboxLimitsError, match="init"):
        read_limits(document, requested_limits(config, "ff"), "ff")


def test_requested_limits__another_process_1__another_hash() -> None:
    one, other = requested_limits(made(), "ff"), requested_limits(made(), "ee")
    assert (one.as_json()["init"], other.as_json()["init"]) == ("ff", "ee")
    assert one.hash_for(INVOCATION) != other.hash_for(INVOCATION)
    with pytest.raises(SandboxLimitsError, match="enforce init as"):
        read_limits(inspected(made()), one, "ee")


def test_hash_for__each_limit_changed__another_hash() -> None:
    limits = requested_limits(made(), "ff")
    hashes = {limits.hash_for(INVOCATION)}
    for name, _ in limits.values:
        changed = tuple((key, "changed" if key == name else value) for key, value in limits.values)
        hashes.add(LimitsInForce(changed).hash_for(INVOCATION))
    assert len(hashes) == len(limits.values) + 1


def test_load_seccomp_profile__forbidden_calls__not_allowed() -> None:
    profile = json.loads(load_seccomp_profile())
    assert profile["defaultAction"] == "SCMP_ACT_ERRNO"
    allowed = {
        name
        for rule in profile["syscalls"]
        if rule["action"] == "SCMP_ACT_ALLOW" and not rule.get("args")
        for name in rule["names"]
    }
    forbidden = {
        *("ptrace", "process_vm_readv", "process_vm_writev", "kcmp", "pidfd_getfd", "process_madvise"),
        *("userfaultfd", "keyctl", "add_key", "request_key", "bpf", "perf_event_open", "memfd_secret"),
        *(
            "mount",
            "umount2",
            "unshare",
            "setns",
            "chroot",
            "pivot_root",
            "open_tree",
            "move_mount",
            "fsopen",
        ),
        *(
            "io_uring_setup",
            "io_uring_enter",
            "io_uring_register",
            "clone",
            "clone3",
            "socket",
            "personality",
        ),
        *("name_to_handle_at", "open_by_handle_at", "fanotify_init", "fanotify_mark", "quotactl", "acct"),
        *("init_module", "finit_module", "delete_module", "kexec_load", "reboot", "swapon", "syslog", "iopl"),
    }
    assert allowed & forbidden == set()
    assert {"read", "write", "execve", "futex"} <= allowed


def test_owner__container__named_and_labelled_by_all_that_tells_it_apart() -> None:
    assert OWNER.container_name(VersionId(3), 4) == "chainfaas-12121212-7-bootboot-3-4"
    assert OWNER.container_labels(VersionId(3), 4) == {
        "chainfaas.network": "0x" + 32 * "12",
        "chainfaas.provider": "7",
        "chainfaas.boot": "bootboot",
        "chainfaas.version": "3",
        "chainfaas.number": "4",
    }


@pytest.mark.parametrize("boot", ["", "short", "UPPERCASE", "with space", "way" * 20, "a-b-c-d-e"])
def test_owner__boot_that_fits_no_name__refused(boot: str) -> None:
    with pytest.raises(InvalidIdentifierError):
        Owner(OWNER.genesis_hash, OWNER.provider, boot)


@pytest.mark.parametrize("architecture", ["x86_64", "amd64", "aarch64", "arm64"])
def test_locate_init_program__each_platform__shipped_with_its_hash(architecture: str) -> None:
    program = locate_init_program(architecture)
    assert program.path.read_bytes()[:4] == b"\x7fELF"
    assert program.path.stat().st_mode & 0o111


def test_locate_init_program__another_platform__says_what_fits() -> None:
    with pytest.raises(ConfigurationError, match="riscv64"):
        locate_init_program("riscv64")


def test_locate_init_program__damaged_file__refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sandbox-init-linux-amd64").write_bytes(b"something else")
    (tmp_path / "SHA256SUMS").write_text(f"{64 * '0'}  sandbox-init-linux-amd64\n")
    monkeypatch.setattr(init_program, "shipped_folder", lambda _: tmp_path)
    with pytest.raises(ConfigurationError, match="damaged"):
        locate_init_program("amd64")


@pytest.mark.parametrize("max_bytes", [0, 1, 10, 30, 100])
def test_cut_log__any_bound__kept(max_bytes: int) -> None:
    cut = cut_log(200 * b"x", max_bytes)
    assert len(cut) == max_bytes
    assert f"\n[log cut at {max_bytes} bytes]\n".encode().startswith(cut.lstrip(b"x"))
