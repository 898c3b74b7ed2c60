"""How a call that was tried on this machine is shown. What the function wrote obeys nobody's terminal."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from chainfaas.cli.call_output import write_file, write_output
from chainfaas.cli.foreign_text import plain_bytes
from chainfaas.cli.output import print_json, side_console
from chainfaas.domain.amounts import format_tokens
from chainfaas.domain.limits import MIB
from chainfaas.domain.outcomes import Status
from chainfaas.domain.prices import Offer, billed_time_ms, job_cost, reserved_cost, whole_ms

if TYPE_CHECKING:
    from chainfaas.chain.bindings.function_registry import NewVersion
    from chainfaas.domain.amounts import TokenAmount
    from chainfaas.provider.bootstrap.workbench import TrialResult

_NS_PER_US = 1_000
_US_PER_MS = 1_000


@dataclass(frozen=True, slots=True)
class TrialReport:
    """A tried call with the prices that it is reckoned with."""

    version: NewVersion
    tried: TrialResult
    offers: Sequence[Offer]
    """None where no price is known."""

    @property
    def billed_ms(self) -> int:
        """The time that would be charged."""
        run_ms = whole_ms(self.tried.result.run_us * _NS_PER_US)
        return billed_time_ms(run_ms, run_ms, self.version.terms.timeout_ms)

    def costs(self) -> tuple[TokenAmount, ...]:
        """Return what the call would have cost with each offer, the cheapest first."""
        terms, status = self.version.terms, self.tried.result.status
        return tuple(sorted(job_cost(terms, offer, status, self.billed_ms) for offer in self.offers))

    def reserved(self) -> tuple[TokenAmount, ...]:
        """Return what would be set aside for the call with each offer, the least first."""
        return tuple(sorted(reserved_cost(self.version.terms, offer) for offer in self.offers))


def show_trial(report: TrialReport, file: Path | None, *, as_json: bool) -> None:
    """Show output, log, and what the call took and would have cost.

    Args:
        report: The call.
        file: Where the output goes; standard output if absent.
        as_json: Whether a machine reads it; what is no UTF-8 is in base64.

    Raises:
        ConfigurationError: The file cannot be written.
    """
    result, manifest = report.tried.result, report.version.manifest
    if as_json:
        if file is not None:
            write_file(file, result.output)
        print_json(trial_document(report))
        return
    if result.log:
        side_console.print(plain_bytes(result.log).rstrip("\n"), soft_wrap=True, markup=False)
    if result.status is Status.SUCCEEDED:
        write_output(result.output, manifest.content_type, file)
    for line in trial_lines(report):
        side_console.print(f"[dim]{line}[/]", soft_wrap=True)


def trial_lines(report: TrialReport) -> list[str]:
    """Return what a call took, for people.

    Args:
        report: The call.
    """
    result, terms = report.tried.result, report.version.terms
    peak_mib = result.peak_memory_bytes / MIB
    image = report.version.manifest.image.reference
    times = f"ran {_ms(result.run_us)} of {terms.timeout_ms} ms, ready after {_ms(report.tried.start_us)}"
    used = f"processor {_ms(result.cpu_us)}, memory {peak_mib:.1f} of {terms.memory_mib} MiB"
    return [
        f"{result.status.name}, exit code {result.exit_code}, image {image}",
        f"{times}; {used}",
        f"billed {report.billed_ms} ms, cost {_span(report.costs())}",
    ]


def trial_document(report: TrialReport) -> dict[str, object]:
    """Return a call for a machine.

    Args:
        report: The call.
    """
    result, costs, reserved = report.tried.result, report.costs(), report.reserved()
    return {
        "status": result.status.name,
        "exitCode": result.exit_code,
        "image": report.version.manifest.image.reference,
        **_written("output", result.output),
        **_written("log", result.log),
        "runUs": result.run_us,
        "startUs": report.tried.start_us,
        "cpuUs": result.cpu_us,
        "peakMemoryBytes": result.peak_memory_bytes,
        "billedMs": report.billed_ms,
        "cost": _ends(costs),
        "reserved": _ends(reserved),
    }


def _written(name: str, content: bytes) -> dict[str, object]:
    try:
        return {name: content.decode("utf-8")}
    except UnicodeDecodeError:
        return {f"{name}Base64": base64.b64encode(content).decode("ascii")}


def _ends(amounts: Sequence[TokenAmount]) -> dict[str, str] | None:
    return {"least": str(amounts[0]), "most": str(amounts[-1])} if amounts else None


def _span(amounts: Sequence[TokenAmount]) -> str:
    if not amounts:
        return "unknown: no controller answers; say --price and --base-fee"
    least, most = format_tokens(amounts[0]), format_tokens(amounts[-1])
    return f"{least} tokens" if least == most else f"{least} to {most} tokens"


def _ms(microseconds: int) -> str:
    return f"{microseconds / _US_PER_MS:.1f} ms"
