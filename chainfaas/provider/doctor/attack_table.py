"""The table of all attacks, in the order in which the doctor runs them."""

from __future__ import annotations

from collections.abc import Collection

from chainfaas.domain.errors import InvalidInputError
from chainfaas.provider.doctor.attack import Attack
from chainfaas.provider.doctor.attacks import (
    before_input,
    containment,
    exhaustion,
    images,
    kits,
    surroundings,
)
from chainfaas.provider.doctor.flags import Flag

ATTACKS: tuple[Attack, ...] = (
    *containment.ATTACKS,
    *exhaustion.ATTACKS,
    *surroundings.ATTACKS,
    *before_input.ATTACKS,
    *kits.ATTACKS,
    *images.ATTACKS,
)


def choose_attacks(
    ids: Collection[str] = (), without: Flag | None = None, *, gvisor: bool = False
) -> tuple[Attack, ...]:
    """Return the attacks that a run of the doctor makes.

    Args:
        ids: Only these; all where none is named.
        without: Only those that prove this flag, which is dropped.
        gvisor: Only those that have a meaning under gVisor.

    Raises:
        InvalidInputError: there is no attack of such a name.
    """
    unknown = sorted(set(ids) - {attack.id for attack in ATTACKS})
    if unknown:
        raise InvalidInputError(
            f"There is no attack {', '.join(unknown)}.",
            remedy="List them with: chainfaas provider doctor --list.",
        )
    return tuple(
        attack
        for attack in ATTACKS
        if (not ids or attack.id in ids)
        and (without is None or without in attack.proves)
        and attack.ending_under(gvisor=gvisor) is not None
    )
