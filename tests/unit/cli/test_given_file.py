from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from chainfaas.cli.given_file import is_piped_in, read_given_file
from chainfaas.domain.errors import InvalidInputError, LimitExceededError, NotFoundError


def test_read_given_file__at_its_limit__whole(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(bytes(10))

    assert read_given_file(str(tmp_path / "f"), 10) == bytes(10)
    with pytest.raises(LimitExceededError):
        read_given_file(str(tmp_path / "f"), 9)


def test_read_given_file__none_or_a_folder__says_which(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="nothing"):
        read_given_file(str(tmp_path / "nothing"), 10)
    with pytest.raises(InvalidInputError, match="cannot be read"):
        read_given_file(str(tmp_path), 10)


def test_read_given_file__dash__standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\xff\x00")))

    assert read_given_file("-", 10) == b"\xff\x00"


def test_is_piped_in__pipe_or_file_or_nothing__told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "f").touch()
    reading, writing = os.pipe()
    with os.fdopen(reading) as pipe, (tmp_path / "f").open() as file, Path(os.devnull).open() as nothing:
        os.close(writing)
        for stream, is_piped in ((pipe, True), (file, True), (nothing, False), (io.StringIO(), False)):
            monkeypatch.setattr("sys.stdin", stream)
            assert is_piped_in() is is_piped
