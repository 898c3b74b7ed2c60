"""A power cut takes what was written since the log was last brought to the disk, and nothing that is paid."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from chainfaas.chain import sqlite_disk
from chainfaas.controller.storage.database import Database, open_database
from chainfaas.controller.storage.schema import PRIVATE
from tests.unit.controller.small_controller import SmallController, made

_NAME = "db.sqlite3"


class Disk:
    """Remembers what of each write-ahead log is on the disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._logs: dict[str, bytes] = {}

    def sync(self, descriptor: int) -> None:
        file = Path(f"/proc/self/fd/{descriptor}").readlink()
        self._logs[file.name] = file.read_bytes()

    def cut(self, to: Path) -> Database:
        """Open what is left if the power goes now."""
        to.mkdir()
        shutil.copy(self._folder / _NAME, to)
        log = f"{_NAME}-wal"
        (to / log).write_bytes(self._logs.get(log, b""))
        return open_database(to / _NAME)


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Disk:
    disk = Disk(tmp_path)
    monkeypatch.setattr(os, "fsync", disk.sync)
    # Nothing reaches the disk by itself here: what has to be there is brought there by who needs it.
    monkeypatch.setattr(sqlite_disk, "SYNC_WITHIN_SECONDS", 2_000.0)
    return disk


@pytest.fixture
def controller(disk: Disk, tmp_path: Path) -> Iterator[SmallController]:
    del disk
    small = made(tmp_path)
    yield small
    small.close()


def count(database: Database, table: str, **values: object) -> int:
    columns = PRIVATE.jobs if table == "jobs" else PRIVATE.invocations
    query = select(columns)
    for name, value in values.items():
        query = query.where(columns.c[name] == value)
    with database.engine.connect() as connection:
        return len(connection.execute(query).all())


def test_cut__call_of_the_fast_path_just_answered__may_be_forgotten(
    controller: SmallController, disk: Disk, tmp_path: Path
) -> None:
    provider = controller.provider()
    called = controller.invoking()
    provider.run_one()
    assert called.result().status == 200
    with disk.cut(tmp_path / "cut") as left:
        assert count(left, "jobs") == 0


def test_cut__settlement_was_signed__its_jobs_are_known(
    controller: SmallController, disk: Disk, tmp_path: Path
) -> None:
    provider = controller.provider()
    called = controller.invoking()
    job = provider.run_one()
    called.result()
    controller.ledger.step()
    assert provider.settlements(job).settlement is not None
    with disk.cut(tmp_path / "cut") as left:
        assert count(left, "jobs", job_id=job, state="ended") == 1


def test_cut__report_of_an_opened_batch_was_signed__its_record_is_known(disk: Disk, tmp_path: Path) -> None:
    controller = made(tmp_path, fast_timeout_ms=0)
    provider = controller.provider()
    called = controller.invoking()
    job = provider.run_one()
    called.result()
    with disk.cut(tmp_path / "cut") as left:
        assert count(left, "jobs", job_id=job, state="ended") == 1
    controller.close()


def test_cut__caller_was_told_to_come_back__finds_the_call(
    controller: SmallController, disk: Disk, tmp_path: Path
) -> None:
    controller.provider().poll()
    assert controller.invoke(Prefer="respond-async").status == 202
    with disk.cut(tmp_path / "cut") as left:
        assert count(left, "invocations") == 1


def test_cut__numbers_were_reserved__none_is_used_again(
    controller: SmallController, disk: Disk, tmp_path: Path
) -> None:
    controller.parts.numbers.refill()
    used = controller.parts.numbers.take()
    with disk.cut(tmp_path / "cut") as left, left.engine.connect() as connection:
        reserved = connection.execute(select(PRIVATE.sequences.c.next_sequence)).scalar_one()
    assert reserved > used & (2**42 - 1)


def test_close__nothing_more_to_write__everything_is_on_the_disk(disk: Disk, tmp_path: Path) -> None:
    controller = made(tmp_path)
    provider = controller.provider()
    called = controller.invoking()
    provider.run_one()
    called.result()
    controller.writer.close()
    controller.database.sync()
    with disk.cut(tmp_path / "cut") as left:
        assert count(left, "jobs") == 1
    controller.close()
