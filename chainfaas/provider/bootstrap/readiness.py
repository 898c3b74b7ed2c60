"""Whether this machine and its node are fit for a provider, looked at before anything is registered."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from chainfaas.chain.connection import connect, read_chain_id
from chainfaas.chain.header_reader import read_head
from chainfaas.chain.json_rpc import JsonRpc
from chainfaas.domain.errors import ChainFaaSError
from chainfaas.provider.engine.find_engine import find_engine
from chainfaas.provider.engine.own_engine import OwnEngine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chainfaas.chain.headers import BlockHeader
    from chainfaas.chain.state_folder import StateFolder

GIB = 2**30
LEAST_FREE_BYTES = 5 * GIB
"""Images, their layers and the journal need room."""
CLOCK_SECONDS = 5
"""How far this machine's clock may be from a block's: leases and deadlines are short."""
LATE_BLOCKS = 5
"""A head that is older than so many periods says that the clock is ahead, or that the node lags behind."""
_MEMORY_FILE = Path("/proc/meminfo")
_MEMORY_LINE = "MemAvailable:"
_KIB_PER_MIB = 1_024


@dataclass(frozen=True, slots=True)
class ReadinessCheck:
    """One thing that was looked at.

    Attributes:
        name: What, in a word.
        holds: Whether it is as it should be.
        found: What was found.
        remedy: What to do where it is not; empty where it is.
    """

    name: str
    holds: bool
    found: str
    remedy: str = ""

    def document(self) -> dict[str, object]:
        """Return the check as JSON."""
        return {"name": self.name, "holds": self.holds, "found": self.found, "remedy": self.remedy}


def check_readiness(
    home: StateFolder, environment: Mapping[str, str], settings: Mapping[str, object]
) -> list[ReadinessCheck]:
    """Look at engine, disk, memory, node and clock; nothing is started or changed.

    Args:
        home: The state folder.
        environment: The process's environment variables; ``DOCKER_HOST`` names an engine.
        settings: What the provider's configuration says: node, block period, memory.
    """
    memory = settings.get("memory_mib")
    checks = [
        _check_engine(home, environment),
        check_disk(shutil.disk_usage(_existing(home.root)).free),
        check_memory(_available_mib(), memory if isinstance(memory, int) else None),
    ]
    try:
        connection = connect(str(settings["rpc"]))
        chain_id = read_chain_id(connection, str(settings["rpc"]))
        head = read_head(JsonRpc(connection))
    except ChainFaaSError as fault:
        return [*checks, ReadinessCheck("node", False, fault.message, fault.remedy)]  # noqa: FBT003 - a fact
    period_seconds = float(str(settings["block_period_seconds"]))
    found = f"chain {chain_id}, block {head.number:,}"
    return [
        *checks,
        ReadinessCheck("node", holds=True, found=found),
        check_clock(head, time.time(), period_seconds),
    ]


def check_disk(free_bytes: int) -> ReadinessCheck:
    """Say whether a disk has room enough.

    Args:
        free_bytes: What is free.
    """
    found = f"{free_bytes / GIB:.1f} GiB free"
    remedy = f"Free some: images need {LEAST_FREE_BYTES // GIB} GiB at least."
    holds = free_bytes >= LEAST_FREE_BYTES
    return ReadinessCheck("disk", holds, found, "" if holds else remedy)


def check_memory(available_mib: int | None, wanted_mib: int | None) -> ReadinessCheck:
    """Say whether a machine has the memory that its jobs may take.

    Args:
        available_mib: What is available; none if the machine does not say.
        wanted_mib: What jobs may take together; none if nobody said.
    """
    if available_mib is None:
        return ReadinessCheck("memory", holds=True, found="this machine does not say")
    holds = wanted_mib is None or available_mib >= wanted_mib
    remedy = f"Lower memory_mib below {available_mib}, or end other programs."
    return ReadinessCheck("memory", holds, f"{available_mib:,} MiB available", "" if holds else remedy)


def check_clock(head: BlockHeader, now_seconds: float, period_seconds: float) -> ReadinessCheck:
    """Compare this machine's clock with the chain's head.

    Args:
        head: The latest block.
        now_seconds: This machine's Unix time.
        period_seconds: Between blocks; 0 where they are sealed on demand, and the head may be of any age.
    """
    ahead = now_seconds - head.timestamp
    latest = CLOCK_SECONDS + LATE_BLOCKS * period_seconds
    if ahead < -CLOCK_SECONDS:
        found, holds = f"{-ahead:.0f} s behind the latest block", False
    elif period_seconds and ahead > latest:
        found, holds = f"{ahead:.0f} s after the latest block", False
    else:
        found, holds = "agrees with the latest block", True
    remedy = "Have the clock set by NTP (timedatectl set-ntp true), and let the node catch up."
    return ReadinessCheck("clock", holds, found, "" if holds else remedy)


def _check_engine(home: StateFolder, environment: Mapping[str, str]) -> ReadinessCheck:
    try:
        engine = OwnEngine(home).running() or find_engine(environment)
    except ChainFaaSError as fault:
        return ReadinessCheck("engine", holds=False, found=fault.message, remedy=fault.remedy)
    if engine is None:
        remedy = "Install Docker and start it; as root with docker.io installed, `start` brings up its own."
        return ReadinessCheck("engine", holds=False, found="no container engine answers", remedy=remedy)
    return ReadinessCheck("engine", holds=True, found=engine.url)


def _existing(path: Path) -> Path:
    while not path.exists():
        path = path.parent
    return path


def _available_mib() -> int | None:
    try:
        lines = _MEMORY_FILE.read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    found = [int(line.split()[1]) for line in lines if line.startswith(_MEMORY_LINE)]
    return found[0] // _KIB_PER_MIB if found else None
