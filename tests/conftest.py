"""What holds for tests of every kind."""

from __future__ import annotations

import signal

from hypothesis import settings

# A busy machine is no bug: examples are not timed. What failed is printed so that it can be run again.
settings.register_profile("project", deadline=None, print_blob=True)
settings.load_profile("project")

# A shell has what it runs in the background ignore interruptions, and every program that a test starts would
# inherit that: those that are to be interrupted would run on for ever.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
