"""What the pool does next, decided from what stands ready, what is wanted, and what there is room for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chainfaas.domain.identifiers import VersionId


@dataclass(frozen=True, slots=True)
class Stand:
    """One version's sandboxes.

    Attributes:
        ready: How many stand ready.
        wanted: How many should.
        memory_mib: What one of them may hold.
        may_prestart: Whether another may be started ahead.
    """

    ready: int
    wanted: int
    memory_mib: int
    may_prestart: bool


@dataclass(frozen=True, slots=True)
class Spare:
    """What all sandboxes that stand ready may take together.

    Attributes:
        sandboxes: How many there may be.
        memory_mib: What they may hold; what running jobs hold is not in it.
    """

    sandboxes: int
    memory_mib: int


def next_start(stands: Mapping[VersionId, Stand], spare: Spare) -> VersionId | None:
    """Return the version of which a sandbox is started next; ``None`` if none is wanted or fits.

    The one that lacks the greatest share of what it wants comes first, so that no version starves another.

    Args:
        stands: The versions.
        spare: What all may take.
    """
    if _count(stands) >= spare.sandboxes:
        return None
    free_mib = spare.memory_mib - _memory_mib(stands)
    lacking = [
        (stand.ready / stand.wanted, version)
        for version, stand in stands.items()
        if stand.may_prestart and stand.ready < stand.wanted and stand.memory_mib <= free_mib
    ]
    return min(lacking)[1] if lacking else None


def next_discard(stands: Mapping[VersionId, Stand], spare: Spare) -> VersionId | None:
    """Return the version of which a sandbox is thrown away next; ``None`` if all may stay.

    What nobody wants goes first, then whatever is most where there is too little room.

    Args:
        stands: The versions.
        spare: What all may take.
    """
    standing = {version: stand for version, stand in stands.items() if stand.ready > 0}
    surplus = [(stand.ready - stand.wanted, version) for version, stand in standing.items()]
    if surplus and max(surplus)[0] > 0:
        return max(surplus)[1]
    if standing and (_count(standing) > spare.sandboxes or _memory_mib(standing) > spare.memory_mib):
        return max((stand.ready * stand.memory_mib, version) for version, stand in standing.items())[1]
    return None


def _count(stands: Mapping[VersionId, Stand]) -> int:
    return sum(stand.ready for stand in stands.values())


def _memory_mib(stands: Mapping[VersionId, Stand]) -> int:
    return sum(stand.ready * stand.memory_mib for stand in stands.values())
