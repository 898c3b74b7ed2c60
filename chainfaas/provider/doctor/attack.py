"""What an attack is: one line of the doctor's table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from chainfaas.domain.manifests import Mode
from chainfaas.domain.outcomes import Status
from chainfaas.provider.doctor.flags import Flag


class AttackClass(StrEnum):
    """What an attack is after."""

    ESCAPE = "escape"
    DEVICES = "devices"
    KERNEL = "kernel"
    SET_UID = "set-uid"
    PROC = "proc"
    BOMBS = "bombs"
    PROCESSOR = "processor"
    MEMORY = "memory"
    FILES = "files"
    OUTPUT = "output"
    PROCESSES = "processes"
    NETWORK = "network"
    OTHER_JOBS = "other-jobs"
    IMAGES = "images"
    PROCESS_1 = "process-1"
    BEFORE_INPUT = "before-input"
    KITS = "kits"


class ImageKind(StrEnum):
    """The images that attacks come from or are."""

    PLAIN = "plain"
    """The attack program and files that promise more than they may give."""
    VOLUMES = "volumes"
    WORKING_FOLDER = "working-folder"
    HEALTH_CHECK = "health-check"
    ON_BUILD = "on-build"
    ENVIRONMENT = "environment"
    ROOT_USER = "root-user"
    LABELS = "labels"
    HUGE = "huge"
    BOMB = "bomb"
    """A few hundred kilobytes that unpack to a gigabyte."""
    MANY_LAYERS = "many-layers"
    OTHER_PLATFORM = "other-platform"
    MOVED_TAG = "moved-tag"
    SWAPPED = "swapped"
    """The registry answers with another image than the digest's."""
    ELSEWHERE = "elsewhere"
    """In a repository that is not allowed."""


class Beside(StrEnum):
    """What the doctor does while an attack runs."""

    NOTHING = "nothing"
    DIAL = "dial"
    """Try to connect to the attack."""
    BREAK_OFF = "break-off"
    """Let go of the sandbox as a daemon does that is killed."""


class After(StrEnum):
    """What the doctor looks at when an attack has ended and its container is still there."""

    NOTHING = "nothing"
    NO_LOG = "no-log"
    """The engine has kept nothing of what it wrote."""
    ALONE = "alone"
    """No process is left but process 1."""
    ENDED = "ended"
    """The container ends by itself and stays so."""
    SHARE = "share"
    """The container has got no more processor time than its share."""
    OWN_LABELS = "own-labels"
    """The container carries this machine's labels."""


@dataclass(frozen=True, slots=True)
class Ends:
    """The attack runs, and ends in one of these ways."""

    statuses: tuple[Status, ...]
    output: bytes | None = b""
    """What the call returns; nothing is expected of it where this is None."""
    or_lost: bool = False
    """Whether the whole sandbox may end instead: the job is given back and nothing is paid for it."""

    def __str__(self) -> str:
        """Say it as the table does."""
        ways = [status.name for status in self.statuses] + ["sandbox-lost"] * self.or_lost
        names = " or ".join(ways)
        said = self.output.decode(errors="replace").strip() if self.output else ""
        return f"{names}, {said}" if said.isalpha() else names


@dataclass(frozen=True, slots=True)
class Refused:
    """The attack never runs: its image is refused or not to be had."""

    code: str
    """Code of the error."""
    reason: str = ""
    """Words in the error's message."""

    def __str__(self) -> str:
        """Say it as the table does."""
        return f"{self.code}: {self.reason}" if self.reason else self.code


Ending: TypeAlias = Ends | Refused


class UnderGvisor(StrEnum):
    """What an attack comes to where gVisor stands between it and the kernel."""

    SAME = "same"
    """It has to end the same way."""
    NO_ATTACK = "no-attack"
    """It reaches gVisor's own kernel, which is the sandbox's alone, and says nothing of the machine."""


HELD = Ends((Status.SUCCEEDED,), b"held\n")
"""Everything that the attack program tried was refused."""
STOPPED = Ends((Status.TIMED_OUT,))
NO_MEMORY = Ends((Status.OUT_OF_MEMORY,))
CUT_OFF = Ends((Status.OUTPUT_LIMIT,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """One attack, and how it has to end."""

    id: str
    kind: AttackClass
    tries: str
    """What it tries, for people."""
    command: tuple[str, ...]
    """Words for the attack program; ``{name}`` stands for what the attacker knows of the machine."""
    limit: str
    """The limit that it proves, for people."""
    proves: tuple[Flag, ...] = ()
    """Without one of these alone it gets through."""
    ending: Ending = HELD
    image: ImageKind = ImageKind.PLAIN
    beside: Beside = Beside.NOTHING
    after: After = After.NOTHING
    mode: Mode = Mode.ONESHOT
    prestarted: bool = False
    """Whether its program is started ahead of its call."""
    timeout_ms: int = 20_000
    memory_mib: int = 64
    cpu_milli: int = 1_000
    gvisor: Ending | UnderGvisor = UnderGvisor.SAME
    """How it has to end under gVisor."""

    def ending_under(self, *, gvisor: bool) -> Ending | None:
        """Return how it has to end, or None where it has no meaning.

        Args:
            gvisor: Whether the engine's runtime is gVisor.
        """
        if not gvisor or self.gvisor is UnderGvisor.SAME:
            return self.ending
        return None if isinstance(self.gvisor, UnderGvisor) else self.gvisor

    @property
    def arguments(self) -> tuple[str, ...]:
        """The command as it is called in the image, before the attacker's knowledge is put in."""
        return ("/attack", *self.command)
