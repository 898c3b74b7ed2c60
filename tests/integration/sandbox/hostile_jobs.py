"""Jobs that want out, or want everything. Each prints "held" where what it tries is refused."""

from __future__ import annotations

from dataclasses import dataclass

from chainfaas.domain.outcomes import Status


@dataclass(frozen=True, slots=True)
class HostileJob:
    name: str
    script: str
    """For Python; WORLD stands for a dictionary with what the attacker knows of the machine."""
    status: Status = Status.SUCCEEDED
    timeout_ms: int = 60_000


_REFUSED = """
def refused(act):
    try:
        act()
    except OSError:
        return
    raise SystemExit("not refused")
"""

HOSTILE_JOBS = (
    HostileJob(
        "host files",
        """
import os
for root in ("", "/proc/1/root", "/proc/1/cwd", "/proc/self/root", "/../.."):
    refused(lambda: open(root + WORLD["secret"]).read())
refused(lambda: os.listdir("/proc/1/fd"))
refused(lambda: open("/proc/sysrq-trigger", "w").write("b"))
refused(lambda: open("/proc/sys/kernel/core_pattern", "w").write("|/x"))
refused(lambda: open("/proc/kcore", "rb").read(1))
assert not [name for name in os.listdir("/dev") if name.startswith(("sd", "vd", "nvme", "kvm", "mem"))]
""",
    ),
    HostileJob(
        "engine socket",
        """
import glob, socket
for path in (WORLD["socket"], "/var/run/docker.sock", "/run/containerd/containerd.sock"):
    refused(lambda: socket.socket(socket.AF_UNIX).connect(path))
for folder in ("run", "var", "tmp"):
    assert not glob.glob(f"/{folder}/**/*.sock", recursive=True)
""",
    ),
    HostileJob(
        "network",
        """
import socket
host, port = WORLD["registry"].split(":")
hosts = ("169.254.169.254", 80), ("1.1.1.1", 53), ("172.17.0.1", 2375), ("10.0.0.1", 22)
for target in ((host, int(port)), *hosts):
    refused(lambda: socket.create_connection(target, 1))
refused(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("8.8.8.8", 53)))
refused(lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1))
refused(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW))
refused(lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0))
refused(lambda: socket.getaddrinfo("example.com", 80))
assert [line.split(":")[0].strip() for line in open("/proc/net/dev").readlines()[2:]] == ["lo"]
""",
    ),
    HostileJob(
        "fork bomb",
        """
import os, time
def bomb():
    while True:
        try:
            os.fork()
        except OSError:
            time.sleep(0.01)
bomb()
""",
        Status.TIMED_OUT,
        1_500,
    ),
    HostileJob("memory", "held = bytearray(1 << 30)", Status.OUT_OF_MEMORY),
    HostileJob(
        "disk",
        """
import os
for folder in ("/", "/usr", "/sandbox-init", "/etc", "/dev", "/var/tmp"):
    refused(lambda: open(folder + "/x", "wb"))
def fill():
    with open("/tmp/x", "wb") as file:
        while True:
            file.write(bytes(1 << 20))
refused(fill)
os.remove("/tmp/x")
def many():
    for number in range(1 << 20):
        open(f"/tmp/{number}", "wb").close()
refused(many)
""",
    ),
    HostileJob(
        "shm",
        """
def fill():
    with open("/dev/shm/x", "wb") as file:
        while True:
            file.write(bytes(1 << 16))
refused(fill)
import os
assert os.stat("/dev/shm/x").st_size <= 1 << 20
""",
    ),
    HostileJob(
        "1 GB of output",
        """
import sys
piece = bytes(1 << 20)
for _ in range(1 << 10):
    sys.stdout.buffer.write(piece)
""",
        Status.OUTPUT_LIMIT,
    ),
    HostileJob(
        "endless line",
        """
import sys
while True:
    sys.stderr.write("x" * 65536)
""",
        Status.TIMED_OUT,
        1_500,
    ),
    HostileJob(
        "ignored signals",
        """
import os, signal, time
for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
if os.fork() == 0:
    os.setsid()
while True:
    time.sleep(1)
""",
        Status.TIMED_OUT,
        1_500,
    ),
    HostileJob(
        "closed output, then sleep",
        """
import os, time
for descriptor in (0, 1, 2):
    os.close(descriptor)
time.sleep(600)
""",
        Status.TIMED_OUT,
        1_500,
    ),
    HostileJob(
        "set-uid",
        """
import os, subprocess
refused(lambda: os.setuid(0))
refused(lambda: os.setgroups([0]))
held = subprocess.Popen(["/usr/bin/su"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
status = dict(line.split(":", 1) for line in open(f"/proc/{held.pid}/status"))
held.kill()
assert status["Uid"].split() == ["65532"] * 4, status["Uid"]
assert status["NoNewPrivs"].strip() == "1"
assert int(status["CapEff"], 16) == int(status["CapBnd"], 16) == 0
assert status["Seccomp"].strip() == "2"
""",
    ),
    HostileJob(
        "kernel interfaces",
        """
import os, subprocess
for command in (
    "unshare -U true", "unshare -n true", "mount -t tmpfs x /tmp", "mount --bind / /tmp", "umount /tmp",
    "dmesg",
    "mknod /tmp/x b 8 0", "chroot / true", "setarch i686 true", "hostname x", "nsenter -t 1 -n true",
    "sh -c 'cp /bin/true /tmp/x && /tmp/x'", "sh -c 'echo 0 >/sys/fs/cgroup/memory/memory.limit_in_bytes'",
):
    if subprocess.run(["sh", "-c", command], capture_output=True).returncode == 0:
        raise SystemExit(command)
""",
    ),
    HostileJob(
        "process 1 from inside",
        """
import os, signal
for number in range(1, 65):
    if number not in (signal.SIGCONT,):
        try:
            os.kill(1, number)
        except OSError:
            pass
for name in ("mem", "environ", "fd/0", "fd/1", "maps"):
    refused(lambda: open("/proc/1/" + name, "r+b").read(1))
refused(lambda: open("/proc/1/oom_score_adj", "w").write("1000"))
""",
    ),
)


def script_of(job: HostileJob, world: dict[str, str]) -> str:
    """What Python is given: the job, and its last word if it was held."""
    return f"WORLD = {world!r}\n{_REFUSED}\n{job.script}\nprint('held')\n"
