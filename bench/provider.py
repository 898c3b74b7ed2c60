"""How quick a provider's sandboxes are, each figure beside its floor: writes `bench/results/provider.json`.

A floor is what the same thing takes without a provider: the program by hand, the same container by the
engine's own client. The two are measured in turn, so that whatever else the machine does meets both.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.call import machine, read_commit
from bench.provider_measures import (
    plain,
    plain_rate,
    prestarted,
    prestarted_full,
    reused,
    reused_full_rate,
    reused_rate,
)
from bench.provider_scene import open_provider
from chainfaas.chain.state_folder import StateFolder
from chainfaas.observability.logs import configure_logs

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "bench" / "results" / "provider.json"
HOME = ROOT / "build" / "bench" / "provider"

GOALS = {
    "prestarted_ms": "at most 3 ms above the floor",
    "prestarted_full_ms": "at most 6 ms above the floor",
    "reused_ms": "at most 1 ms above the floor",
    "reused_per_s": "at least 1,000",
    "reused_full_per_s": "",
    "plain_ms": "at most 1.15 of the floor",
    "plain_per_s_8": "at least 0.95 of the floor",
}


def main() -> int:
    """Measure, print, and write the results."""
    parser = argparse.ArgumentParser(description="Measure one provider's sandboxes.")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the usual number of runs")
    parser.add_argument("--output", type=Path, default=RESULTS, help="where the figures go")
    arguments = parser.parse_args()
    configure_logs("ERROR")
    counts = {"prestarted_ms": 200, "prestarted_full_ms": 200, "reused_ms": 500, "reused_per_s": 2_000}
    counts |= {"reused_full_per_s": 1_000, "plain_ms": 50, "plain_per_s_8": 96}
    measures = (prestarted, prestarted_full, reused, reused_rate, reused_full_rate, plain, plain_rate)
    figures = {}
    with open_provider(StateFolder(HOME)) as provider:
        for (name, count), measure in zip(counts.items(), measures, strict=True):
            print(f"measuring {name}", file=sys.stderr, flush=True)
            figures[name] = measure(provider, max(8, int(count * arguments.scale)))
    document = {
        "commit": read_commit(),
        "machine": machine(),
        "figures": {name: figure.as_json() for name, figure in figures.items()},
        "goals": GOALS,
    }
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    table = Table(title="one provider", title_justify="left")
    for heading in ("figure", "value", "floor", "unit", "n", "goal"):
        table.add_column(heading, justify="left" if heading in ("figure", "goal") else "right")
    for name, figure in figures.items():
        table.add_row(
            name, f"{figure.value:,.2f}", f"{figure.floor:,.2f}", figure.unit, str(figure.n), GOALS[name]
        )
    Console(width=110).print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
