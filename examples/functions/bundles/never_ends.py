"""Never ends on purpose, until its time-out ends it."""

import time


def handle(content: bytes) -> bytes:
    """Sleep for ever."""
    print(f"falling asleep over {len(content)} bytes")
    while True:
        time.sleep(1)
