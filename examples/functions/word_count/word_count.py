"""Counts the words of a text: text on stdin, JSON on stdout, a line of log on stderr."""

import json
import re
import sys
from collections import Counter

WORD = re.compile(r"\w+(?:['\u2019]\w+)*")
SHOWN = 20


def main() -> None:
    """Read the whole text and say how many words it has, and which come most."""
    text = sys.stdin.buffer.read().decode(errors="replace")
    counts = Counter(match.group().lower() for match in WORD.finditer(text))
    print(f"counted {len(text)} characters", file=sys.stderr)
    # Of words that come equally often, the alphabet decides.
    most = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:SHOWN]
    json.dump({"words": counts.total(), "different": len(counts), "most": dict(most)}, sys.stdout)


main()
