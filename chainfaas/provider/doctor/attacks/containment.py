"""Attacks that want out of the container, or to be more in it than nobody."""

from __future__ import annotations

from chainfaas.provider.doctor.attack import Attack, AttackClass, UnderGvisor
from chainfaas.provider.doctor.flags import Flag
from chainfaas.provider.doctor.hostile_images import DEVICE_PATHS

_ROOTS = ("", "/proc/1/root", "/proc/1/cwd", "/proc/self/root", "/../..", "/proc/self/cwd/../..")
_NAMESPACES = tuple(f"{{namespace_{name}}}" for name in ("ipc", "mnt", "net", "pid", "uts"))

ESCAPE = (
    Attack(
        id="host-files",
        kind=AttackClass.ESCAPE,
        tries="reads a file of the host's by every way to another root",
        command=("read", *(f"{root}{{secret}}" for root in _ROOTS)),
        limit="one mount, a root of its own",
        proves=(Flag.ONE_MOUNT,),
    ),
    Attack(
        id="engine-socket",
        kind=AttackClass.ESCAPE,
        tries="connects to the container engine",
        command=(
            "abstract-socket",
            "{engine_socket}",
            "/var/run/docker.sock",
            "/run/docker.sock",
            "/run/containerd/containerd.sock",
            "/run/systemd/private",
            "@/containerd-shim",
        ),
        limit="one mount",
    ),
    Attack(
        id="host-namespaces",
        kind=AttackClass.ESCAPE,
        tries="looks for a namespace that it shares with the host",
        command=("namespaces", *_NAMESPACES),
        limit="namespaces of its own",
        proves=(Flag.NETWORK, Flag.PRIVATE_IPC, Flag.OWN_HOST_NAME),
    ),
    Attack(
        id="new-namespaces",
        kind=AttackClass.ESCAPE,
        tries="makes or enters namespaces, in which it would be root",
        command=("new-namespaces",),
        limit="seccomp profile, and what else the machine has against it",
        gvisor=UnderGvisor.NO_ATTACK,
    ),
    Attack(
        id="mounts",
        kind=AttackClass.ESCAPE,
        tries="mounts, binds, unmounts, changes the root",
        command=("mount", "/folder"),
        limit="no capabilities, seccomp profile",
    ),
    Attack(
        id="program-of-process-1",
        kind=AttackClass.ESCAPE,
        tries="overwrites the program that the host started in here",
        command=("write", "/proc/1/exe", "/sandbox-init"),
        limit="process 1 is root's to see, its mount read-only",
    ),
    Attack(
        id="mount-of-process-1",
        kind=AttackClass.ESCAPE,
        tries="finds the way to process 1's file open for writing",
        command=("mount-options", "/sandbox-init=ro"),
        limit="its mount is read-only",
        proves=(Flag.INIT_READ_ONLY,),
    ),
)

DEVICES = (
    Attack(
        id="devices",
        kind=AttackClass.DEVICES,
        tries="looks for devices beside the usual ones",
        command=("devices",),
        limit="not privileged, no devices",
        proves=(Flag.NOT_PRIVILEGED,),
        gvisor=UnderGvisor.NO_ATTACK,
    ),
    Attack(
        id="device-nodes",
        kind=AttackClass.DEVICES,
        tries="makes device nodes, and opens those that its image brought, open to everybody",
        command=("node", "/tmp", *DEVICE_PATHS),
        limit="device control group, no capabilities",
        proves=(Flag.NOT_PRIVILEGED,),
        gvisor=UnderGvisor.NO_ATTACK,
    ),
)

KERNEL = (
    Attack(
        id="system-calls",
        kind=AttackClass.KERNEL,
        tries="makes each of some 60 system calls that no function needs",
        command=("system-calls",),
        limit="seccomp profile",
        proves=(Flag.SECCOMP,),
        gvisor=UnderGvisor.NO_ATTACK,
    ),
    Attack(
        id="seccomp-mode",
        kind=AttackClass.KERNEL,
        tries="runs without a filter of system calls",
        command=("own-status", "Seccomp=2"),
        limit="seccomp profile",
        proves=(Flag.SECCOMP,),
        gvisor=UnderGvisor.NO_ATTACK,
    ),
    Attack(
        id="tracing",
        kind=AttackClass.KERNEL,
        tries="traces, reads another process's memory, asks for fixed addresses",
        command=("trace",),
        limit="seccomp profile",
        proves=(Flag.SECCOMP,),
        gvisor=UnderGvisor.NO_ATTACK,
    ),
    Attack(
        id="socket-families",
        kind=AttackClass.KERNEL,
        tries="opens sockets of some 40 rare families, which load modules",
        command=("socket-families",),
        limit="seccomp profile",
        proves=(Flag.SECCOMP,),
        gvisor=UnderGvisor.NO_ATTACK,
    ),
    Attack(
        id="legacy-calls",
        kind=AttackClass.KERNEL,
        tries="makes system calls as programs of other kinds do, past the filter",
        command=("legacy-calls",),
        limit="seccomp profile",
    ),
    Attack(
        id="host-name",
        kind=AttackClass.KERNEL,
        tries="reads the host's name",
        command=("other-name", "{host_name}"),
        limit="host name of its own",
        proves=(Flag.OWN_HOST_NAME,),
    ),
)

SET_UID = (
    Attack(
        id="set-uid-program",
        kind=AttackClass.SET_UID,
        tries="runs programs of its image that are set-uid, set-gid or have capabilities",
        command=("execute-as", "/suid", "/capable"),
        limit="no-new-privileges",
        proves=(Flag.NO_NEW_PRIVILEGES,),
    ),
    Attack(
        id="no-new-privileges",
        kind=AttackClass.SET_UID,
        tries="runs without the promise that no program gets more rights",
        command=("own-status", "NoNewPrivs=1"),
        limit="no-new-privileges",
        proves=(Flag.NO_NEW_PRIVILEGES,),
        gvisor=UnderGvisor.NO_ATTACK,
    ),
    Attack(
        id="become-root",
        kind=AttackClass.SET_UID,
        tries="changes its user and groups",
        command=("become-root",),
        limit="user 65532 without capabilities",
        proves=(Flag.USER,),
    ),
    Attack(
        id="capabilities",
        kind=AttackClass.SET_UID,
        tries="looks for capabilities in any of its sets",
        command=("capabilities",),
        limit="all capabilities dropped",
        proves=(Flag.CAPABILITIES,),
    ),
    Attack(
        id="roots-file",
        kind=AttackClass.SET_UID,
        tries="reads what its image keeps for root",
        command=("read", "/root-only"),
        limit="user 65532",
        proves=(Flag.USER,),
    ),
)

PROC = (
    Attack(
        id="masked-files",
        kind=AttackClass.PROC,
        tries="reads what the kernel says of the whole machine",
        command=(
            "masked-files",
            "/proc/kcore",
            "/proc/keys",
            "/proc/timer_list",
            "/proc/scsi",
            "/sys/firmware",
        ),
        limit="masked paths",
        proves=(Flag.MASKED_PATHS,),
    ),
    Attack(
        id="read-only-proc",
        kind=AttackClass.PROC,
        tries="finds the kernel's settings on a writable mount",
        command=("mount-options", "/proc/sys=ro", "/proc/irq=ro", "/proc/bus=ro", "/sys=ro"),
        limit="read-only paths",
        proves=(Flag.MASKED_PATHS,),
        gvisor=UnderGvisor.NO_ATTACK,
    ),
    Attack(
        id="kernel-settings",
        kind=AttackClass.PROC,
        tries="writes to the kernel's settings and triggers",
        command=(
            "write",
            "/proc/sysrq-trigger",
            "/proc/sys/kernel/core_pattern",
            "/proc/sys/kernel/modprobe",
            "/proc/sys/vm/panic_on_oom",
            "/proc/sys/fs/binfmt_misc/register",
            "/sys/kernel/uevent_helper",
            "/sys/kernel/mm/transparent_hugepage/enabled",
            "/sys/power/state",
        ),
        limit="read-only paths, user 65532",
    ),
    Attack(
        id="control-groups",
        kind=AttackClass.PROC,
        tries="raises its own limits, or has the host run a program, by its control groups",
        command=(
            "write",
            "/sys/fs/cgroup/memory/memory.limit_in_bytes",
            "/sys/fs/cgroup/pids/pids.max",
            "/sys/fs/cgroup/cpu/cpu.cfs_quota_us",
            "/sys/fs/cgroup/devices/devices.allow",
            "/sys/fs/cgroup/memory/release_agent",
            "/sys/fs/cgroup/memory/cgroup.procs",
            "/sys/fs/cgroup/memory.max",
            "/sys/fs/cgroup/pids.max",
            "/sys/fs/cgroup/cgroup.procs",
        ),
        limit="read-only control groups",
    ),
    Attack(
        id="out-of-memory-score",
        kind=AttackClass.PROC,
        tries="has the kernel kill others first",
        command=("oom-score", "500"),
        limit="sandboxes are killed before anything else",
        proves=(Flag.OOM_SCORE,),
        gvisor=UnderGvisor.NO_ATTACK,
    ),
)

ATTACKS = (*ESCAPE, *DEVICES, *KERNEL, *SET_UID, *PROC)
