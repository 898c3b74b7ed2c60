"""What measured calls come to: their times, what is not the sandbox's, and where that goes."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_US_PER_MS = 1_000
_SHARES = (("median", 50), ("p95", 95), ("p99", 99))


@dataclass(frozen=True, slots=True)
class CallSample:
    """One call that succeeded and was paid; all times in milliseconds.

    Attributes:
        provider: Name of who ran it.
        end_to_end: From the request to the whole answer, at the caller.
        processing: `T_prc`.
        provisioning: `T_prv`.
        compute: `T_cmp`.
        response: `T_rsp`.
        bill: `T_bil`.
        initialise: What the provider spent on a sandbox that waits for its input.
        claim: The payment's transaction, `0x` hex.
    """

    provider: str
    end_to_end: float
    processing: float
    provisioning: float
    compute: float
    response: float
    bill: float
    initialise: float
    claim: str

    @property
    def overhead(self) -> float:
        """What the call took beyond getting a sandbox ready and running in it."""
        return self.end_to_end - self.initialise - self.compute

    @property
    def admission(self) -> float:
        """At the provider, before the run and without the sandbox: check, journal, look up."""
        return self.provisioning - self.processing - self.initialise

    @property
    def reporting(self) -> float:
        """Both ways between controller and provider, the receipt, and both stores of the result."""
        return self.response - self.provisioning - self.compute

    @property
    def answering(self) -> float:
        """Before the controller's clock begins and after the result is stored: HTTP, and the answer."""
        return self.end_to_end - self.response


TIMES: Mapping[str, Callable[[CallSample], float]] = {
    "T_prc": lambda call: call.processing,
    "T_prv": lambda call: call.provisioning,
    "T_cmp": lambda call: call.compute,
    "T_rsp": lambda call: call.response,
    "T_bil": lambda call: call.bill,
    "end_to_end": lambda call: call.end_to_end,
    "sandbox_initialise": lambda call: call.initialise,
    "overhead": lambda call: call.overhead,
}
OVERHEAD_PARTS: Mapping[str, Callable[[CallSample], float]] = {
    "taking_and_placing": lambda call: call.processing,
    "admission": lambda call: call.admission,
    "reporting": lambda call: call.reporting,
    "answering": lambda call: call.answering,
}
"""They add up to the overhead, call by call."""


def milliseconds(microseconds: int) -> float:
    """Return a time in milliseconds.

    Args:
        microseconds: The time.
    """
    return microseconds / _US_PER_MS


def figures(calls: Sequence[CallSample]) -> dict[str, Any]:
    """Return the figures of some calls, as they are written down.

    Args:
        calls: At least two.
    """
    return {
        "times_ms": {name: _spread([pick(call) for call in calls]) for name, pick in TIMES.items()},
        "overhead_parts_ms": {
            name: _spread([pick(call) for call in calls]) for name, pick in OVERHEAD_PARTS.items()
        },
        "calls_by_provider": dict(sorted(Counter(call.provider for call in calls).items())),
        "claims": len({call.claim for call in calls}),
    }


def _spread(times: Sequence[float]) -> dict[str, float]:
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    return {name: round(cuts[share - 1], 3) for name, share in _SHARES}
