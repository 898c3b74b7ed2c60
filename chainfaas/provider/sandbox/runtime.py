"""What the rest of the daemon sees of a sandbox: prepare one, run a call in it, discard it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from chainfaas.domain.canonical_json import JsonValue
from chainfaas.domain.content_hashes import json_hash
from chainfaas.domain.encodings import Bytes32
from chainfaas.domain.identifiers import InvocationId, VersionId
from chainfaas.domain.limits import KIB
from chainfaas.domain.manifests import Manifest
from chainfaas.domain.outcomes import Status


@dataclass(frozen=True, slots=True)
class SandboxRequest:
    """Which function a sandbox is for, and how much it may use."""

    version: VersionId
    manifest: Manifest
    memory_mib: int
    """All that processes and files in the sandbox may hold, from the version."""
    bundle: bytes = b""
    """The version's bundle, checked against its hash; empty where there is none."""
    cpu_milli: int = 1_000
    """Processor share in thousandths of one processor."""


@dataclass(frozen=True, slots=True)
class Call:
    """One job's input and bounds."""

    input: bytes
    timeout_ms: int
    output_max_bytes: int
    log_max_bytes: int = 256 * KIB


@dataclass(frozen=True, slots=True)
class CallResult:
    """How a call ended and what it used."""

    status: Status
    """From SUCCEEDED to CANCELLED; what is not the function's doing is an error instead."""
    exit_code: int
    """The program's own, 128 and the signal that killed it, or `EXIT_CODE_UNKNOWN`."""
    output: bytes
    """Empty unless the call succeeded."""
    log: bytes
    """Cut where it was too long, with a last line that says so."""
    run_us: int
    """From handing in the input to the last byte of the answer, by this machine's monotonic clock."""
    cpu_us: int
    peak_memory_bytes: int


@dataclass(frozen=True, slots=True)
class LimitsInForce:
    """The limits of one sandbox as the engine gives them back, in their canonical order."""

    values: tuple[tuple[str, JsonValue], ...]
    """JSON names and values, sorted by name."""

    def as_json(self) -> dict[str, JsonValue]:
        """Return the limits as they are hashed."""
        return dict(self.values)

    def hash_for(self, invocation: InvocationId) -> Bytes32:
        """Return the sandbox hash of the receipt."""
        return json_hash(invocation, self.as_json())


class Sandbox(Protocol):
    """A sandbox that waits for its input."""

    @property
    def limits(self) -> LimitsInForce:
        """What was in force before any code of the function's ran."""

    @property
    def is_reusable(self) -> bool:
        """Whether it takes another call of the same version."""

    @property
    def is_waiting(self) -> bool:
        """Whether it takes another call and has neither ended nor said anything meanwhile."""

    def used_cpu_us(self) -> int:
        """Return the processor time that everything in it has used so far.

        Raises:
            EngineFailedError: the engine does not say.
        """

    def run(self, call: Call) -> CallResult:
        """Run one call to its end; blocks for at most the time-out and a second.

        Raises:
            SandboxSpentError: it serves no call any more.
            SandboxLostError: it ended without an answer, for a reason other than the function's.
            SandboxProtocolError: its answer makes no sense.
        """

    def cancel(self) -> None:
        """End the call that another thread runs, with status CANCELLED; nothing happens where none does."""

    def discard(self) -> None:
        """Have it killed and removed with all it holds; returns at once, and may be called again."""


class SandboxRuntime(Protocol):
    """What makes sandboxes."""

    def prepare(self, request: SandboxRequest) -> Sandbox:
        """Make a sandbox for a version's calls and wait until it is ready for its input.

        Raises:
            ImageMissingError: the image is not on this machine; it is never fetched here.
            ImageRefusedError: the image is not one that this provider runs.
            SandboxLimitsError: the engine does not enforce the limits.
            EngineFailedError: the engine refused.
            SandboxLostError: the sandbox did not get ready.
            SandboxProtocolError: process 1 answered nonsense.
        """

    def release(self, request: SandboxRequest, sandbox: Sandbox) -> None:
        """Take back a sandbox whose call is over; returns at once.

        Args:
            request: What it was made for.
            sandbox: The sandbox; its former user does not touch it any more.
        """

    def remove_strangers(self) -> int:
        """Remove what earlier daemons of this provider left, and return how many sandboxes that were."""

    def close(self) -> None:
        """Discard every sandbox and wait until they are gone."""


def cut_log(log: bytes, max_bytes: int) -> bytes:
    """Return a log that was too long with a last line that says so, within its bound.

    Args:
        log: As much of it as there is.
        max_bytes: The longest that it may be with the line.
    """
    marker = f"\n[log cut at {max_bytes} bytes]\n".encode()[:max_bytes]
    return log[: max_bytes - len(marker)] + marker
