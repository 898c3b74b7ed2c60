"""What holds for tests of every kind."""

from __future__ import annotations

from hypothesis import settings

# A busy machine is no bug: examples are not timed. What failed is printed so that it can be run again.
settings.register_profile("project", deadline=None, print_blob=True)
settings.load_profile("project")
