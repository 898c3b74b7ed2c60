from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from chainfaas.provider.journal.journal_file import open_journal


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with open_journal(tmp_path) as opened:
        yield opened
