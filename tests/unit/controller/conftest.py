from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.controller.small_controller import SmallController, made


@pytest.fixture
def controller(tmp_path: Path) -> Iterator[SmallController]:
    """A controller with one function of the developer's, and an escrow for it."""
    small = made(tmp_path)
    yield small
    small.close()
