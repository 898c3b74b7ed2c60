"""Attacks by function kits, which speak to process 1 in frames and lie in them."""

from __future__ import annotations

from chainfaas.domain.manifests import Mode
from chainfaas.domain.outcomes import Status
from chainfaas.provider.doctor.attack import CUT_OFF, STOPPED, Attack, AttackClass, Ending, Ends

_FAILED = Ends((Status.FUNCTION_ERROR,))


def _kit(name: str, lie: str, tries: str, ending: Ending) -> Attack:
    return Attack(
        id=name,
        kind=AttackClass.KITS,
        tries=tries,
        command=("kit", lie),
        limit="process 1 takes frames in their order, within their bounds",
        ending=ending,
        mode=Mode.STREAM,
        timeout_ms=2_000,
    )


ATTACKS = (
    _kit("kit-early-answer", "answer before any call", "answers before there is any call", _FAILED),
    _kit("kit-never-ready", "never ready", "never says that it is ready", _FAILED),
    _kit("kit-unknown-frame", "unknown frame", "answers with a frame that there is not", _FAILED),
    _kit("kit-two-answers", "twice", "answers one call twice, the second for the next", _FAILED),
    _kit("kit-endless-result", "endless result", "announces a result of 4 GiB", CUT_OFF),
    _kit("kit-endless-failure", "endless failure", "announces a reason of 4 GiB", _FAILED),
    _kit("kit-half-result", "half a result", "announces more than it says, and waits", STOPPED),
)
