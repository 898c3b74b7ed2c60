"""Fails on purpose, as a function with a fault does."""


def handle(content: bytes) -> bytes:
    """Raise; the log says why."""
    print(f"looking at {len(content)} bytes")
    raise ValueError("this function fails on purpose")
