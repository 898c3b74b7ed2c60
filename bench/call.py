"""How long calls take and how soon they are paid, on a whole local system: writes `bench/results/call.json`.

Two networks of three signers, one after the other: blocks by the second, and blocks on demand. On each a
controller and two providers are started and the function is warmed up. Then it is called over one connection,
one call after the other: first with a pause between them, as a caller finds an idle system whose sandboxes
stand ready; then back to back, which uses up what stands ready and keeps both cores busy with making more.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.call_figures import figures
from bench.call_system import CONTENT, FUNCTION, AnsweredCall, BenchSystem, running_system
from chainfaas.chain.state_folder import StateFolder
from chainfaas.domain.errors import ChainFaaSError
from chainfaas.observability.logs import configure_logs

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "bench" / "results" / "call.json"
HOME = ROOT / "build" / "bench" / "call"
MEASURED = (
    "chainfaas",
    "contracts",
    "sandbox-init",
    "migrations",
    "requirements",
    "examples/functions",
    "bench",
)
"""What the figures depend on: changes here that are not committed mark the commit as dirty."""

NETWORKS = {"period_1": 1, "on_demand": 0}
"""Seconds between blocks, by the figures' name."""
GOALS = {"period_1": {"T_bil": 2_000, "overhead": 15}, "on_demand": {"T_bil": 250, "overhead": 15}}
"""Medians that are wanted, in milliseconds."""
CALLS, WARM_UP_CALLS = 200, 10
PAUSE_SECONDS = 0.35
"""Between the calls that are compared with the goals: long enough for a sandbox to be made anew."""
BACK_TO_BACK = "back_to_back"


@dataclass(frozen=True)
class Measured:
    """One network's figures.

    Attributes:
        document: What is written.
        faults: What went wrong, a sentence each.
    """

    document: dict[str, Any]
    faults: list[str]


def tell(line: str) -> None:
    """Print a line of progress."""
    print(f"{time.monotonic() - BEGUN:6.1f} s  {line}", file=sys.stderr, flush=True)


def measure(name: str, calls: int) -> Measured:
    """Start a system, call, wait for the payments, and return the figures.

    Args:
        name: The network's name in `NETWORKS`.
        calls: How many calls are measured each way.
    """
    with running_system(StateFolder(HOME), NETWORKS[name], tell) as system:
        tell("Warming up")
        system.wait_for_samples([system.call() for _ in range(WARM_UP_CALLS)])
        spaced = _measure_calls(system, calls, PAUSE_SECONDS)
        back_to_back = _measure_calls(system, calls, 0)
    document = spaced.document
    if "times_ms" in document:
        document["median_to_goal"] = {
            what: round(document["times_ms"][what]["median"] / goal, 3) for what, goal in GOALS[name].items()
        }
    document[BACK_TO_BACK] = back_to_back.document
    return Measured(document, spaced.faults + back_to_back.faults)


def _measure_calls(system: BenchSystem, calls: int, pause_seconds: float) -> Measured:
    load_before = os.getloadavg()[0]
    tell(f"Calling {calls} times, {pause_seconds} s apart")
    begun = time.monotonic()
    answered, faults = call_all(system, calls, pause_seconds)
    seconds = time.monotonic() - begun
    tell("Waiting for the payments")
    samples = system.wait_for_samples(answered)
    unpaid = len(answered) - len(samples)
    if unpaid:
        faults.append(f"{unpaid} calls were not paid.")
    document: dict[str, Any] = {
        "calls": calls,
        "succeeded": len(answered),
        "paid": len(samples),
        "pause_seconds": pause_seconds,
        "seconds": round(seconds, 1),
        "load_average": {"before": round(load_before, 2), "after": round(os.getloadavg()[0], 2)},
    }
    if len(samples) > 1:
        document |= figures(samples)
    return Measured(document, faults)


def call_all(system: BenchSystem, calls: int, pause_seconds: float) -> tuple[list[AnsweredCall], list[str]]:
    """Call one after the other; return what was answered, and what failed."""
    answered, faults = [], []
    for _ in range(calls):
        time.sleep(pause_seconds)
        try:
            answered.append(system.call())
        except ChainFaaSError as fault:
            faults.append(f"A call failed: {fault}")
    return answered, faults


def machine() -> dict[str, Any]:
    """Return what it was measured on."""
    memory_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cores": os.cpu_count(),
        "memory_mib": memory_bytes // 2**20,
        "system": platform.platform(),
        "python": platform.python_version(),
        **{
            name: version(name) for name in ("chainfaas", "flask", "gunicorn", "sqlalchemy", "web3", "docker")
        },
    }


def read_commit() -> str:
    """Return what was measured, marked if it differs from the commit."""
    head = _git("rev-parse", "HEAD")
    return f"{head}-dirty" if _git("status", "--porcelain", "--", *MEASURED) else head


def _git(*arguments: str) -> str:
    command = ("git", *arguments)
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603


def print_tables(document: dict[str, Any]) -> None:
    """Print each network's figures beside their goals."""
    console = Console() if sys.stdout.isatty() else Console(width=120)
    for name in NETWORKS:
        console.print(_table(name, document[name], GOALS[name]))
        console.print(_table(f"{name}, back to back", document[name][BACK_TO_BACK], {}))
    console.print(f"commit {document['commit']}", highlight=False)


def _table(name: str, shown: dict[str, Any], goals: dict[str, int]) -> Table:
    title = f"{name}: {shown['succeeded']} of {shown['calls']} calls succeeded, {shown['paid']} paid"
    table = Table(title=title, title_justify="left")
    for heading in ("milliseconds", "median", "p95", "p99", "goal", "median to goal"):
        table.add_column(heading, justify="left" if heading == "milliseconds" else "right")
    rows = {**shown.get("times_ms", {})}
    rows |= {f"  {part}": each for part, each in shown.get("overhead_parts_ms", {}).items()}
    for what, spread in rows.items():
        ratio = shown["median_to_goal"][what] if what in goals else ""
        table.add_row(
            what, *(f"{each:,.1f}" for each in spread.values()), str(goals.get(what, "")), str(ratio)
        )
    return table


def main() -> int:
    """Measure both networks, print, and write the results; fail only if a call failed or was not paid."""
    parser = argparse.ArgumentParser(description="Measure calls on a whole local system.")
    parser.add_argument("--calls", type=int, default=CALLS, help="calls on each network")
    parser.add_argument("--output", type=Path, default=RESULTS, help="where the figures go")
    arguments = parser.parse_args()
    configure_logs("ERROR")
    measured = {name: measure(name, arguments.calls) for name in NETWORKS}
    document: dict[str, Any] = {name: each.document for name, each in measured.items()}
    document |= {
        "goals": {"median_ms": GOALS},
        "function": {"name": FUNCTION, "input_bytes": len(CONTENT)},
        "machine": machine(),
        "commit": read_commit(),
    }
    print_tables(document)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    faults = [f"{name}: {fault}" for name, each in measured.items() for fault in each.faults]
    print(*faults, sep="\n", end="\n" if faults else "", file=sys.stderr)
    return 1 if faults else 0


BEGUN = time.monotonic()

if __name__ == "__main__":
    sys.exit(main())
