"""The daemon: its threads, its start after whatever happened before, and its end."""
