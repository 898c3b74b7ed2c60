"""Writes what the reference says of attacks and flags, from the doctor's own table.

Run as ``python -m tools.make_attack_tables`` after a change of chainfaas/provider/doctor.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from chainfaas.provider.doctor.attack import Attack, UnderGvisor
from chainfaas.provider.doctor.attack_table import ATTACKS, choose_attacks
from chainfaas.provider.doctor.flags import Flag

REFERENCE = Path(__file__).parents[1] / "docs" / "reference"
BEGIN = "<!-- made by tools/make_attack_tables.py -->"
END = "<!-- as far as here -->"

_DECISION = "../decisions/0012-which-system-calls-a-function-may-make.md"

FLAGS: dict[Flag, tuple[str, str]] = {
    Flag.NETWORK: (
        "`NetworkDisabled`, `NetworkMode` none",
        "every direction of traffic; the first also saves half of a container's start",
    ),
    Flag.READ_ONLY_ROOT: ("`ReadonlyRootfs`", "planted files and a full disk"),
    Flag.INIT_READ_ONLY: ("the mount of process 1 is read-only", "another program in its place"),
    Flag.ONE_MOUNT: ("`Mounts` has nothing but process 1", "files of the host's"),
    Flag.TMP_SIZE: ("`Tmpfs` size: half of the memory, at most 64 MiB", "memory taken by files"),
    Flag.TMP_INODES: ("`Tmpfs` nr_inodes=4096", "the kernel's memory taken by files"),
    Flag.TMP_NOEXEC: ("`Tmpfs` noexec", "programs that are no part of the image"),
    Flag.TMP_NOSUID: ("`Tmpfs` nosuid", "set-uid files made in here"),
    Flag.TMP_NODEV: ("`Tmpfs` nodev", "device nodes made in here"),
    Flag.SHM_SIZE: ("`ShmSize` 1 MiB", "`/dev/shm`, which stays writable on a read-only root"),
    Flag.MEMORY: ("`Memory`: the version's", "taking the machine's memory"),
    Flag.SWAP: ("`MemorySwap` equals `Memory`", "taking the machine's disk as memory"),
    Flag.OOM_SCORE: ("`OomScoreAdj` 500", "the daemon killed when the machine itself has no memory left"),
    Flag.CPU: ("`NanoCpus`", "taking the processor"),
    Flag.PIDS: ("`PidsLimit` 80: 64 for the job, 16 for process 1", "fork and thread bombs"),
    Flag.CORE: ("`Ulimits` core 0", "dumps that the host writes"),
    Flag.FILE_SIZE: ("`Ulimits` fsize 64 MiB", "files without an end, also those without a name"),
    Flag.LOCKED_MEMORY: ("`Ulimits` memlock 64 KiB", "pinned memory"),
    Flag.MESSAGE_QUEUES: ("`Ulimits` msgqueue 0", "the kernel's memory in message queues"),
    Flag.OPEN_FILES: ("`Ulimits` nofile 256", "the kernel's memory in descriptors"),
    Flag.CAPABILITIES: ("`CapDrop` ALL", "every right of root's"),
    Flag.USER: ("`User` 65532:65532", "being root in the container at all"),
    Flag.NO_NEW_PRIVILEGES: ("`SecurityOpt` no-new-privileges", "programs that give more rights"),
    Flag.SECCOMP: (
        "`SecurityOpt` seccomp: [our own profile](../../chainfaas/provider/sandbox/seccomp.json)",
        f"faults of the kernel that are reached by rare system calls ([decision 12]({_DECISION}))",
    ),
    Flag.MASKED_PATHS: (
        "the engine's masked and read-only paths",
        "what `/proc` and `/sys` tell and let change",
    ),
    Flag.NOT_PRIVILEGED: ("`Privileged` false, no `Devices`", "the machine's devices"),
    Flag.PRIVATE_IPC: ("`IpcMode` private", "shared memory of others"),
    Flag.OWN_HOST_NAME: ("`Hostname` sandbox", "the machine's name"),
    Flag.NO_LOG: ("`LogConfig` none", "a disk full of what a job says"),
    Flag.NO_HEALTH_CHECK: ("`Healthcheck` NONE", "programs of the image's that the engine starts"),
    Flag.INPUT_ONCE: ("`StdinOnce`", "sandboxes that outlive their daemon"),
    Flag.NO_RESTART: ("`RestartPolicy` no", "the same"),
    Flag.IMAGE_POLICY: ("image policy: digest, platform, volumes, working folder", "what an image brings"),
    Flag.IMAGE_SIZE: ("image policy: size, also on the way", "a disk full of images"),
    Flag.IMAGE_LAYERS: ("image policy: layers", "mounts without an end"),
    Flag.IMAGE_REPOSITORIES: (
        "image policy: `image_repositories`",
        "fetching from wherever a developer says",
    ),
}


def flag_table() -> str:
    """Return the table of hardening flags, each with the attacks that prove it."""
    rows = ["| `--break` | flag | against | proved by |", "|---|---|---|---|"]
    for flag in Flag:
        setting, against = FLAGS[flag]
        proofs = ", ".join(f"`{attack.id}`" for attack in choose_attacks(without=flag))
        rows.append(f"| `{flag}` | {setting} | {against} | {proofs} |")
    return "\n".join(rows)


def attack_table() -> str:
    """Return the table of attacks."""
    rows = ["| id | class | tries | limit | has to end | in gVisor |", "|---|---|---|---|---|---|"]
    for attack in ATTACKS:
        cells = (
            f"`{attack.id}`",
            attack.kind.value,
            attack.tries,
            attack.limit,
            _plain(str(attack.ending)),
            _in_gvisor(attack),
        )
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def _in_gvisor(attack: Attack) -> str:
    match attack.gvisor:
        case UnderGvisor.SAME:
            return "the same"
        case UnderGvisor.NO_ATTACK:
            return "no attack"
        case ending:
            return _plain(str(ending))


def _plain(ending: str) -> str:
    return ending.replace("|", "\\|")


TABLES: dict[str, Callable[[], str]] = {"sandbox.md": flag_table, "attacks.md": attack_table}


def page_with_table(name: str) -> str:
    """Return a page of the reference with its table made anew.

    Args:
        name: Its file.
    """
    page = (REFERENCE / name).read_text()
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{TABLES[name]()}\n\n{END}{after}"


def main() -> None:
    """Write the pages."""
    for name in TABLES:
        (REFERENCE / name).write_text(page_with_table(name))


if __name__ == "__main__":
    main()
