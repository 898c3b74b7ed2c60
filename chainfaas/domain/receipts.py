"""What a provider states about a run, and the controller signs after it."""

from __future__ import annotations

from dataclasses import dataclass

from chainfaas.domain.encodings import Bytes32, bytes32, check_unsigned
from chainfaas.domain.errors import InvalidOutcomeError
from chainfaas.domain.outcomes import Status

EXIT_CODE_UNKNOWN = -1
"""Exit code of a run whose end nobody saw, or that never began."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The end of one job. Its EIP-712 hash is the receipt hash of the job's record."""

    assignment_hash: Bytes32
    """EIP-712 hash of the assignment that was run."""
    status: Status
    exit_code: int
    """i32, as the operating system gave it; `EXIT_CODE_UNKNOWN` where there is none."""
    run_ms: int
    """The provider's own measure of the run, rounded up, u32."""
    output_hash: Bytes32
    """`content_hash` of the output, also of an empty one."""
    log_hash: Bytes32
    """`content_hash` of the log as it was kept, cut or whole."""
    metrics_hash: Bytes32
    """`content_hash` of the metrics' canonical JSON."""
    sandbox_hash: Bytes32
    """`content_hash` of the canonical JSON of the limits that were read back from the engine."""

    def __post_init__(self) -> None:
        """Refuse what does not fit its field."""
        check_unsigned("The run time in ms", self.run_ms, 32)
        if not -(2**31) <= self.exit_code < 2**31:
            raise InvalidOutcomeError(f"The exit code {self.exit_code} does not fit 32 bits.")
        for name in ("assignment_hash", "output_hash", "log_hash", "metrics_hash", "sandbox_hash"):
            bytes32(getattr(self, name), f"The {name.replace('_', ' ')}")
