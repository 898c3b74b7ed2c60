"""Sums up numbers: one a line in, JSON out."""

import json
import statistics


def handle(content: bytes) -> str:
    """Return count, mean, median and standard deviation of the numbers in ``content``."""
    numbers = [float(line) for line in content.split()]
    print(f"{len(numbers)} numbers came")
    summary = {
        "count": len(numbers),
        "mean": statistics.fmean(numbers),
        "median": statistics.median(numbers),
        "deviation": statistics.pstdev(numbers),
    }
    return json.dumps(summary)
