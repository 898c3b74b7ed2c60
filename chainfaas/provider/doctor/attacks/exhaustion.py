"""Attacks that take more than a job was given: processes, time, memory, room, output."""

from __future__ import annotations

from chainfaas.domain.outcomes import Status
from chainfaas.provider.doctor.attack import (
    CUT_OFF,
    HELD,
    NO_MEMORY,
    STOPPED,
    After,
    Attack,
    AttackClass,
    Ends,
    UnderGvisor,
)
from chainfaas.provider.doctor.flags import Flag

_SHORT_MS = 1_500

RAW_BYTES = (
    bytes(range(256))
    + b'\xc3\x28\xed\xa0\x80\xf8\x1b]0;owned\x07\x1b[2J\r\n{"level": "info"}\n'
    + b"\x84\0\0\0\x1e\x01"
    + bytes(29)
)
"""What the attack program writes: no text, words for a terminal, a line of a log, an END frame."""

BOMBS = (
    Attack(
        id="fork-bomb",
        kind=AttackClass.BOMBS,
        tries="makes more processes than it may",
        command=("fork-bomb", "100"),
        limit="80 processes and threads",
        proves=(Flag.PIDS,),
        gvisor=Ends((Status.SUCCEEDED, Status.OUT_OF_MEMORY), None, or_lost=True),
    ),
    Attack(
        id="fork-for-ever",
        kind=AttackClass.BOMBS,
        tries="has every process make more, until it is stopped",
        command=("fork-for-ever",),
        memory_mib=256,  # so that it is their number that ends
        limit="80 processes and threads; a time-out that nothing forks away from",
        ending=STOPPED,
        timeout_ms=_SHORT_MS,
        after=After.ALONE,
        gvisor=Ends((Status.TIMED_OUT, Status.OUT_OF_MEMORY), or_lost=True),
    ),
    Attack(
        id="thread-bomb",
        kind=AttackClass.BOMBS,
        tries="makes more threads than it may",
        command=("threads", "100"),
        limit="80 processes and threads",
        proves=(Flag.PIDS,),
        gvisor=Ends((Status.SUCCEEDED, Status.FUNCTION_ERROR), None, or_lost=True),
    ),
    Attack(
        id="descriptor-bomb",
        kind=AttackClass.BOMBS,
        tries="opens more files than it may, and raises the limit",
        command=("descriptors", "256"),
        limit="256 open files",
        proves=(Flag.OPEN_FILES,),
    ),
    Attack(
        id="orphans",
        kind=AttackClass.BOMBS,
        tries="leaves orphan after orphan to process 1 for a second",
        command=("orphans",),
        limit="process 1 reaps",
        after=After.ALONE,
        gvisor=Ends((Status.SUCCEEDED,), HELD.output, or_lost=True),
    ),
)

PROCESSOR = (
    Attack(
        id="processor-quota",
        kind=AttackClass.PROCESSOR,
        tries="computes in four threads with a tenth of one processor",
        command=("quota", "1500", "25"),
        limit="processor share",
        proves=(Flag.CPU,),
        cpu_milli=100,
        after=After.SHARE,
        gvisor=Ends((Status.SUCCEEDED, Status.FUNCTION_ERROR), None),
    ),
    Attack(
        id="priority",
        kind=AttackClass.PROCESSOR,
        tries="takes precedence over the rest of the machine",
        command=("priority",),
        limit="no capabilities",
        gvisor=UnderGvisor.NO_ATTACK,
    ),
    Attack(
        id="endless-computing",
        kind=AttackClass.PROCESSOR,
        tries="computes in eight threads and never ends",
        command=("spin", "8"),
        limit="time-out by the daemon's clock",
        ending=STOPPED,
        timeout_ms=_SHORT_MS,
    ),
)

MEMORY = (
    Attack(
        id="memory",
        kind=AttackClass.MEMORY,
        tries="takes four times its memory",
        command=("allocate", "256"),
        limit="memory",
        proves=(Flag.MEMORY,),
        ending=NO_MEMORY,
    ),
    Attack(
        id="memory-files",
        kind=AttackClass.MEMORY,
        tries="takes four times its memory in files without a name",
        command=("memory-files", "256"),
        limit="memory",
        proves=(Flag.MEMORY,),
        ending=NO_MEMORY,
    ),
    Attack(
        id="swap",
        kind=AttackClass.MEMORY,
        tries="may push its memory out to the host's disk",
        command=("swap-limit",),
        limit="memory and swap together are the memory",
        proves=(Flag.SWAP,),
        gvisor=UnderGvisor.NO_ATTACK,
    ),
    Attack(
        id="locked-memory",
        kind=AttackClass.MEMORY,
        tries="pins a megabyte",
        command=("lock-memory", "1024"),
        limit="64 KiB of pinned memory",
        proves=(Flag.LOCKED_MEMORY,),
    ),
    Attack(
        id="pipes",
        kind=AttackClass.MEMORY,
        tries="keeps the kernel's memory in pipes",
        command=("pipes", "96"),
        limit="memory, 256 open files",
        ending=Ends((Status.SUCCEEDED, Status.OUT_OF_MEMORY), None),
    ),
)

FILES = (
    Attack(
        id="root-file-system",
        kind=AttackClass.FILES,
        tries="plants files where its image lets everybody write, and in every usual place",
        command=("create", "/open", "/", "/dev", "/var/tmp", "/sys/fs/cgroup", "/proc"),
        limit="read-only root",
        proves=(Flag.READ_ONLY_ROOT,),
    ),
    Attack(
        id="tmp-size",
        kind=AttackClass.FILES,
        tries="fills /tmp",
        command=("fill", "/tmp/fill", "33"),
        limit="/tmp has half of the memory",
        proves=(Flag.TMP_SIZE,),
        memory_mib=64,
    ),
    Attack(
        id="tmp-files",
        kind=AttackClass.FILES,
        tries="makes files in /tmp without an end",
        command=("fill-inodes", "/tmp", "4096"),
        limit="4,096 files",
        proves=(Flag.TMP_INODES,),
        gvisor=UnderGvisor.NO_ATTACK,
    ),
    Attack(
        id="tmp-programs",
        kind=AttackClass.FILES,
        tries="starts a program that it put into /tmp",
        command=("execute-copy", "/tmp"),
        limit="noexec",
        proves=(Flag.TMP_NOEXEC,),
    ),
    Attack(
        id="tmp-set-uid",
        kind=AttackClass.FILES,
        tries="finds set-uid files in /tmp obeyed",
        command=("mount-options", "/tmp=nosuid"),
        limit="nosuid",
        proves=(Flag.TMP_NOSUID,),
        gvisor=UnderGvisor.NO_ATTACK,
    ),
    Attack(
        id="tmp-devices",
        kind=AttackClass.FILES,
        tries="finds device nodes in /tmp obeyed",
        command=("mount-options", "/tmp=nodev"),
        limit="nodev",
        proves=(Flag.TMP_NODEV,),
        gvisor=UnderGvisor.NO_ATTACK,
    ),
    Attack(
        id="shm-size",
        kind=AttackClass.FILES,
        tries="fills /dev/shm",
        command=("fill", "/dev/shm/fill", "1"),
        limit="1 MiB of shared memory",
        proves=(Flag.SHM_SIZE,),
    ),
    Attack(
        id="shm-files",
        kind=AttackClass.FILES,
        tries="makes files in /dev/shm without an end",
        command=("fill-inodes", "/dev/shm", "200000"),
        limit="memory",
        ending=Ends((Status.SUCCEEDED, Status.OUT_OF_MEMORY), None),
    ),
    Attack(
        id="file-size",
        kind=AttackClass.FILES,
        tries="makes a file longer than one may be",
        command=("file-size", "/tmp/sparse", "65"),
        limit="files of 64 MiB",
        proves=(Flag.FILE_SIZE,),
    ),
    Attack(
        id="message-queues",
        kind=AttackClass.FILES,
        tries="keeps the kernel's memory in message queues",
        command=("message-queues",),
        limit="no message queues",
        proves=(Flag.MESSAGE_QUEUES,),
    ),
    Attack(
        id="core-dumps",
        kind=AttackClass.FILES,
        tries="has the host write core dumps",
        command=("core-dump",),
        limit="no core dumps",
        proves=(Flag.CORE,),
    ),
)

OUTPUT = (
    Attack(
        id="output-flood",
        kind=AttackClass.OUTPUT,
        tries="writes 5 GB of output",
        command=("flood", "1", "5120"),
        limit="the call's output limit",
        ending=CUT_OFF,
    ),
    Attack(
        id="log-flood",
        kind=AttackClass.OUTPUT,
        tries="writes 5 GB of log in one endless line",
        command=("flood", "2", "5120"),
        limit="64 KiB of log are kept, the time-out holds",
        ending=Ends((Status.SUCCEEDED, Status.TIMED_OUT), None),
        timeout_ms=6_000,
    ),
    Attack(
        id="engine-log",
        kind=AttackClass.OUTPUT,
        tries="has the engine write what it says to the host's disk",
        command=("flood", "2", "1"),
        limit="no log of the engine's",
        proves=(Flag.NO_LOG,),
        after=After.NO_LOG,
    ),
    Attack(
        id="no-text",
        kind=AttackClass.OUTPUT,
        tries="writes what is no UTF-8, what commands terminals, and forged frames",
        command=("raw-bytes",),
        limit="output is bytes, framed by process 1",
        ending=Ends((Status.SUCCEEDED,), RAW_BYTES),
    ),
    Attack(
        id="closed-output",
        kind=AttackClass.OUTPUT,
        tries="closes all that it was given and sleeps",
        command=("close-output",),
        limit="time-out by the daemon's clock",
        ending=STOPPED,
        timeout_ms=_SHORT_MS,
    ),
)

ATTACKS = (*BOMBS, *PROCESSOR, *MEMORY, *FILES, *OUTPUT)
