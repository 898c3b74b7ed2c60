"""Calls to providers and reports back: who waits, who has what, and until when."""
