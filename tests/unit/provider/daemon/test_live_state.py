from __future__ import annotations

from pathlib import Path

import pytest

from chainfaas.domain.identifiers import VersionId
from chainfaas.provider.daemon.live_state import FILE_NAME, LiveState, read_live_state, write_live_state

STATE = LiveState(17, {VersionId(3): 2}, 1)


def test_read_live_state__own_process__what_was_written(tmp_path: Path) -> None:
    write_live_state(tmp_path, STATE)
    assert read_live_state(tmp_path, 17) == STATE
    assert [file.name for file in tmp_path.iterdir()] == [FILE_NAME]


def test_read_live_state__another_process__nothing(tmp_path: Path) -> None:
    write_live_state(tmp_path, STATE)
    assert read_live_state(tmp_path, 18) is None


@pytest.mark.parametrize("text", [None, "", "[]", "{}", '{"pid": 17, "ready": 3, "running": 0}'])
def test_read_live_state__none_or_damaged__nothing(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / FILE_NAME).write_text(text)
    assert read_live_state(tmp_path, 17) is None
