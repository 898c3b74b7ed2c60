"""How the doctor's findings are shown: a line for each as it comes, and the sum as the last line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from chainfaas.cli.foreign_text import plain, plain_line
from chainfaas.cli.output import print_json, result_console, side_console

if TYPE_CHECKING:
    from chainfaas.provider.doctor.attack import Attack
    from chainfaas.provider.doctor.examination import Finding

_MS_PER_SECOND = 1_000


class DoctorReport:
    """Takes findings and prints them."""

    def __init__(self, expected: int, runtime: str, *, as_json: bool) -> None:
        """Print nothing yet.

        Args:
            expected: How many attacks are to be run.
            runtime: The engine's runtime.
            as_json: Whether a machine reads the result: then lines are progress and go to standard error.
        """
        self._expected = expected
        self._runtime = runtime
        self._as_json = as_json
        self._findings: list[Finding] = []

    @property
    def all_held(self) -> bool:
        """Whether every attack was run and held."""
        return self._held == self._expected > 0

    @property
    def _held(self) -> int:
        return sum(finding.held for finding in self._findings)

    def add(self, finding: Finding) -> None:
        """Take one finding and show its line."""
        self._findings.append(finding)
        console = side_console if self._as_json else result_console
        attack = finding.attack
        seconds = finding.took_ms / _MS_PER_SECOND
        line = Text.assemble(
            ("held  ", "green") if finding.held else ("BROKE ", "bold red"),
            f"{attack.kind.value:<11} {attack.id:<24} {seconds:5.1f} s  {attack.tries}",
        )
        console.print(line, soft_wrap=True)
        if not finding.held:
            # The attack's own words may be in it.
            for row in plain(finding.fault).splitlines():
                console.print(Text(f"      {row}"), soft_wrap=True)

    def finish(self) -> None:
        """Print the sum, or all of it as one document."""
        if not self._as_json:
            result_console.print(f"{self._held}/{self._expected} held")
            return
        print_json(
            {
                "runtime": self._runtime,
                "held": self._held,
                "of": self._expected,
                "attacks": [
                    {
                        **_attack_document(finding.attack),
                        "expected": str(finding.expected),
                        "held": finding.held,
                        "fault": finding.fault,
                        "tookMs": finding.took_ms,
                    }
                    for finding in self._findings
                ],
            }
        )


def print_attacks(attacks: Sequence[Attack], *, as_json: bool) -> None:
    """Print the table of attacks.

    Args:
        attacks: Which.
        as_json: Whether a machine reads it.
    """
    if as_json:
        print_json({"attacks": [_attack_document(attack) for attack in attacks]})
        return
    table = Table("id", "class", "what it tries", "has to end", "limit", box=None)
    for attack in attacks:
        table.add_row(
            attack.id, attack.kind.value, attack.tries, plain_line(str(attack.ending)), attack.limit
        )
    result_console.print(table)


def _attack_document(attack: Attack) -> dict[str, object]:
    return {
        "id": attack.id,
        "class": attack.kind.value,
        "tries": attack.tries,
        "command": list(attack.arguments),
        "limit": attack.limit,
        "flags": [flag.value for flag in attack.proves],
    }
