"""Attacks by programs that are started ahead: there is no input yet, and nobody pays for their time."""

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
)

_SHORT_MS = 1_000

ATTACKS = (
    Attack(
        id="early-faults",
        kind=AttackClass.BEFORE_INPUT,
        tries="makes process 1 believe that it has made a fatal mistake, before any call",
        command=("init-faults",),
        limit="process 1 ignores what tells programs of their mistakes",
        prestarted=True,
        gvisor=Ends((Status.SUCCEEDED,), HELD.output, or_lost=True),
    ),
    Attack(
        id="early-forks",
        kind=AttackClass.BEFORE_INPUT,
        tries="has every process make more before any call, while process 1 waits for them to rest",
        command=("fork-for-ever",),
        memory_mib=256,  # so that it is their number that ends
        limit="80 processes and threads, a bound on getting ready, the time-out",
        ending=STOPPED,
        prestarted=True,
        timeout_ms=_SHORT_MS,
        after=After.ALONE,
        gvisor=Ends((Status.TIMED_OUT, Status.OUT_OF_MEMORY), or_lost=True),
    ),
    Attack(
        id="early-computing",
        kind=AttackClass.BEFORE_INPUT,
        tries="never rests, so that it is never ready",
        command=("spin", "4"),
        limit="a bound on getting ready, the time-out",
        ending=STOPPED,
        prestarted=True,
        timeout_ms=_SHORT_MS,
    ),
    Attack(
        id="early-output",
        kind=AttackClass.BEFORE_INPUT,
        tries="writes 5 GB of output before there is a call that takes it",
        command=("flood", "1", "5120"),
        limit="a pipe's length, then the call's output limit",
        ending=CUT_OFF,
        prestarted=True,
    ),
    Attack(
        id="early-memory",
        kind=AttackClass.BEFORE_INPUT,
        tries="takes four times its memory before any call",
        command=("allocate", "256"),
        limit="memory, and its call says so",
        ending=NO_MEMORY,
        prestarted=True,
        gvisor=Ends((Status.OUT_OF_MEMORY,), or_lost=True),
    ),
    Attack(
        id="early-daemon",
        kind=AttackClass.BEFORE_INPUT,
        tries="has ended before its call, and left a process behind that holds its output open",
        command=("daemonise",),
        limit="all descendants are killed with the job",
        prestarted=True,
        after=After.ALONE,
    ),
)
