"""Attacks on what is around a job: its own end, the network, other jobs, the process that it is run by."""

from __future__ import annotations

from chainfaas.domain.outcomes import Status
from chainfaas.provider.doctor.attack import (
    HELD,
    STOPPED,
    After,
    Attack,
    AttackClass,
    Beside,
    Ends,
    UnderGvisor,
)
from chainfaas.provider.doctor.flags import Flag

_SHORT_MS = 1_500
_CANCELLED = Ends((Status.CANCELLED,))
_HELD_OR_LOST = Ends((Status.SUCCEEDED,), HELD.output, or_lost=True)
"""gVisor lets a job end process 1, and with it the job and nothing else."""

PROCESSES = (
    Attack(
        id="daemonised",
        kind=AttackClass.PROCESSES,
        tries="leaves a process behind that holds its output open",
        command=("daemonise",),
        limit="all descendants are killed with the job",
        after=After.ALONE,
    ),
    Attack(
        id="ignored-signals",
        kind=AttackClass.PROCESSES,
        tries="ignores every signal, in two sessions",
        command=("ignore-signals",),
        limit="killed at the time-out, all at once",
        ending=STOPPED,
        timeout_ms=_SHORT_MS,
        after=After.ALONE,
    ),
    Attack(
        id="stopped",
        kind=AttackClass.PROCESSES,
        tries="stops itself and its children",
        command=("stop",),
        limit="killed at the time-out, all at once",
        ending=STOPPED,
        timeout_ms=_SHORT_MS,
        after=After.ALONE,
    ),
    Attack(
        id="daemon-killed",
        kind=AttackClass.PROCESSES,
        tries="goes on when its daemon was killed",
        command=("ignore-signals",),
        limit="the end of its input ends the sandbox",
        proves=(Flag.INPUT_ONCE, Flag.NO_RESTART),
        ending=_CANCELLED,
        beside=Beside.BREAK_OFF,
        after=After.ENDED,
    ),
)

NETWORK = (
    Attack(
        id="host-services",
        kind=AttackClass.NETWORK,
        tries="connects to what listens on this machine",
        command=("connect", "tcp/{host_address}/{host_port}", "tcp/172.17.0.1/2375", "tcp/172.17.0.1/22"),
        limit="no network",
        proves=(Flag.NETWORK,),
    ),
    Attack(
        id="metadata",
        kind=AttackClass.NETWORK,
        tries="asks the metadata services of clouds",
        command=(
            "connect",
            "tcp/169.254.169.254/80",
            "tcp/169.254.170.2/80",
            "tcp/100.100.100.200/80",
            "tcp/168.63.129.16/80",
            "tcp/192.0.0.192/80",
            "tcp/fd00:ec2::254/80",
        ),
        limit="no network",
    ),
    Attack(
        id="internet",
        kind=AttackClass.NETWORK,
        tries="reaches the Internet, private networks and name servers",
        command=(
            "connect",
            "tcp/1.1.1.1/443",
            "udp/8.8.8.8/53",
            "tcp/10.0.0.1/22",
            "tcp/192.168.0.1/80",
            "udp/224.0.0.251/5353",
            "udp/255.255.255.255/67",
            "tcp/2606:4700:4700::1111/443",
        ),
        limit="no network",
    ),
    Attack(
        id="raw-sockets",
        kind=AttackClass.NETWORK,
        tries="listens to the wire and forges packets",
        command=("raw-sockets",),
        limit="no capabilities, seccomp profile",
    ),
    Attack(
        id="interfaces",
        kind=AttackClass.NETWORK,
        tries="looks for an interface beside its own loopback",
        command=("interfaces",),
        limit="no network",
        proves=(Flag.NETWORK,),
    ),
    Attack(
        id="reached-from-outside",
        kind=AttackClass.NETWORK,
        tries="serves whoever connects from this machine",
        command=("listen", "{dial_port}", "1000"),
        limit="no network",
        proves=(Flag.NETWORK,),
        beside=Beside.DIAL,
    ),
)

OTHER_JOBS = (
    Attack(
        id="others-sockets",
        kind=AttackClass.OTHER_JOBS,
        tries="connects to the sockets of a job that runs beside it",
        command=("abstract-socket", "@{neighbour}"),
        limit="a network namespace for each job",
        proves=(Flag.NETWORK,),
    ),
    Attack(
        id="others-files",
        kind=AttackClass.OTHER_JOBS,
        tries="finds the files and shared memory of others",
        command=("exist", "/tmp/{neighbour}", "/dev/shm/{neighbour}", "/dev/shm/{shared_file}"),
        limit="a tmpfs and an IPC namespace for each job",
        proves=(Flag.PRIVATE_IPC,),
    ),
    Attack(
        id="others-processes",
        kind=AttackClass.OTHER_JOBS,
        tries="sees processes that are not its own",
        command=("processes", "/sandbox-init"),
        limit="a process namespace for each job, without which process 1 does not start",
    ),
)

PROCESS_1 = (
    Attack(
        id="signals-to-process-1",
        kind=AttackClass.PROCESS_1,
        tries="sends process 1 every signal by every way",
        command=("init-signals",),
        limit="process 1 takes every signal without effect",
        gvisor=_HELD_OR_LOST,
    ),
    Attack(
        id="faults-of-process-1",
        kind=AttackClass.PROCESS_1,
        tries="makes process 1 believe that it has made a fatal mistake, by signals with a false reason",
        command=("init-faults",),
        limit="process 1 ignores what tells programs of their mistakes",
        gvisor=_HELD_OR_LOST,
    ),
    Attack(
        id="files-of-process-1",
        kind=AttackClass.PROCESS_1,
        tries="opens what below /proc is process 1's",
        command=("init-files",),
        limit="process 1 is not dumpable",
        gvisor=UnderGvisor.NO_ATTACK,
    ),
    Attack(
        id="memory-of-process-1",
        kind=AttackClass.PROCESS_1,
        tries="reads and writes its memory, traces it, takes its descriptors",
        command=("init-memory",),
        limit="process 1 is not dumpable, seccomp profile",
    ),
    Attack(
        id="limits-of-process-1",
        kind=AttackClass.PROCESS_1,
        tries="takes away what process 1 needs, by its limits",
        command=("init-limits",),
        limit="seccomp profile: limits of no other process",
        proves=(Flag.SECCOMP,),
        gvisor=_HELD_OR_LOST,
    ),
    Attack(
        id="starved-process-1",
        kind=AttackClass.PROCESS_1,
        tries="gives process 1 the last place in the queue and takes all time",
        command=("init-starve", "16"),
        limit="time-out by the daemon's clock",
        ending=STOPPED,
        timeout_ms=_SHORT_MS,
        cpu_milli=300,
    ),
    Attack(
        id="process-1-out-of-memory",
        kind=AttackClass.PROCESS_1,
        tries="has the kernel choose process 1 when no memory is left",
        command=("init-victim",),
        limit="memory; the engine says why a container ended",
        ending=Ends((Status.OUT_OF_MEMORY,)),
        gvisor=Ends((Status.OUT_OF_MEMORY,), or_lost=True),
    ),
)

ATTACKS = (*PROCESSES, *NETWORK, *OTHER_JOBS, *PROCESS_1)
