"""What a provider measured of one run, for the receipt's metrics hash."""

from __future__ import annotations

from dataclasses import dataclass

from chainfaas.domain.content_hashes import json_hash
from chainfaas.domain.encodings import Bytes32, check_unsigned
from chainfaas.domain.identifiers import InvocationId

_SAFE_INTEGER_BITS = 53


@dataclass(frozen=True, slots=True)
class RunMetrics:
    """Times of one clock, the provider's, in microseconds; each stage ends where the next begins."""

    queued_us: int
    """From the assignment's arrival to the beginning of the work on it."""
    pulled_us: int
    """Fetching the image; 0 where it was at hand."""
    initialised_us: int
    """Getting a sandbox that waits for its input; near 0 where one stood ready."""
    run_us: int
    """From handing in the input to the last byte of the answer."""
    cpu_us: int
    """Processor time of the run, all its threads."""
    peak_memory_bytes: int

    def __post_init__(self) -> None:
        """Refuse numbers that are negative or that JSON cannot carry exactly."""
        for name, value in self.as_json().items():
            check_unsigned(f"The measure {name}", value, _SAFE_INTEGER_BITS)

    def as_json(self) -> dict[str, int]:
        """Return the measures under the names that are hashed."""
        return {
            "queuedUs": self.queued_us,
            "pulledUs": self.pulled_us,
            "initialisedUs": self.initialised_us,
            "runUs": self.run_us,
            "cpuUs": self.cpu_us,
            "peakMemoryBytes": self.peak_memory_bytes,
        }

    def hash_for(self, invocation: InvocationId) -> Bytes32:
        """Return the metrics hash of the receipt."""
        return json_hash(invocation, self.as_json())
