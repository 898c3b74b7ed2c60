"""The one table of limits: what the controller enforces, ``/v1/limits`` serves and the documents print."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from chainfaas.domain.errors import LimitExceededError
from chainfaas.domain.windows import Windows

KIB = 1024
MIB = 1024 * KIB
_DAY_SECONDS = 24 * 60 * 60
_LONGEST_TIMEOUT_SECONDS = 900


@dataclass(frozen=True, slots=True)
class Limits:
    """What one call, version or account may use. Bounds are inclusive."""

    timeout_max_ms: int
    """Longest time-out of a version; follows from the network's windows."""
    timeout_min_ms: int = 1_000
    input_max_bytes: int = 6 * MIB
    output_max_bytes: int = 6 * MIB
    log_max_bytes: int = 256 * KIB
    """A longer log is cut, and says where."""
    manifest_max_bytes: int = 4 * KIB
    bundle_max_bytes: int = 256 * KIB
    memory_min_mib: int = 32
    memory_max_mib: int = 4_096
    account_queue_max: int = 1_000
    """Calls that one account may have waiting."""
    challenges_a_minute: int = 600
    """Log-in challenges that one address may ask for."""
    bundles_a_minute: int = 60
    """Bundles that one account may upload."""
    idempotency_key_seconds: int = _DAY_SECONDS
    output_kept_seconds: int = 7 * _DAY_SECONDS
    """How long outputs and logs are kept; inputs go when the invocation ends, receipts never."""

    def as_json(self) -> dict[str, int]:
        """Return the table with camel-case names, as it is served."""
        return {_camel_case(name): value for name, value in asdict(self).items()}

    def check_timeout_ms(self, timeout_ms: int) -> None:
        """Refuse a time-out outside the bounds.

        Raises:
            LimitExceededError: it is.
        """
        _check("time-out", timeout_ms, self.timeout_min_ms, self.timeout_max_ms, "ms")

    def check_memory_mib(self, memory_mib: int) -> None:
        """Refuse a memory size outside the bounds.

        Raises:
            LimitExceededError: it is.
        """
        _check("memory", memory_mib, self.memory_min_mib, self.memory_max_mib, "MiB")

    def check_input_bytes(self, size_bytes: int) -> None:
        """Refuse an input that is too large.

        Raises:
            LimitExceededError: it is.
        """
        _check("input", size_bytes, 0, self.input_max_bytes, "bytes")


def limits_for(windows: Windows) -> Limits:
    """Return the limits of a network: time-outs end 2G before the longest job life, and at 900 s."""
    return Limits(timeout_max_ms=1_000 * min(_LONGEST_TIMEOUT_SECONDS, windows.longest_timeout_seconds))


def _check(name: str, value: int, least: int, most: int, unit: str) -> None:
    if not least <= value <= most:
        raise LimitExceededError(f"The {name} of {value} {unit} is outside {least} to {most} {unit}.")


def _camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
