from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy import Engine

from chainfaas.provider.journal.chain_notes import BlockPlace, ChainNotes
from chainfaas.provider.journal.errors import JournalTakenError, JournalVersionError
from chainfaas.provider.journal.job_journal import JobJournal
from chainfaas.provider.journal.journal_file import FILE_NAME, open_journal, read_journal
from tests.unit.provider.provider_samples import PUBLISHED, new_job, sample_batch


def test_open_journal__second_daemon__refused_until_the_first_is_gone(tmp_path: Path) -> None:
    with open_journal(tmp_path), pytest.raises(JournalTakenError), open_journal(tmp_path):
        pass
    with open_journal(tmp_path):
        pass


def test_open_journal__again__has_what_was_stored(tmp_path: Path) -> None:
    job = sample_batch().jobs[0]
    with open_journal(tmp_path) as engine:
        JobJournal(engine).accept(new_job(job))
    with open_journal(tmp_path) as engine:
        assert JobJournal(engine).record(job.assignment.job_id).assigned == job
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o077 == 0


def test_open_journal__another_releases__refused(tmp_path: Path) -> None:
    with open_journal(tmp_path):
        pass
    file = sqlite3.connect(tmp_path / FILE_NAME)
    file.execute("PRAGMA user_version = 99")
    file.close()
    with pytest.raises(JournalVersionError, match="99"), open_journal(tmp_path):
        pass
    with pytest.raises(JournalVersionError, match="99"):
        read_journal(tmp_path)


def test_read_journal__no_journal__refused(tmp_path: Path) -> None:
    with pytest.raises(JournalVersionError):
        read_journal(tmp_path)


def test_open_journal__many_writers__all_come_through(engine: Engine) -> None:
    journal = JobJournal(engine)
    jobs = sample_batch(tuple(bytes((number,)) for number in range(32))).jobs
    threads = [threading.Thread(target=journal.accept, args=(new_job(job),)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(journal.record(job.assignment.job_id).assigned == job for job in jobs)


def test_open_journal__writer_that_fails__gives_its_turn_on(engine: Engine) -> None:
    with pytest.raises(ZeroDivisionError), engine.begin():
        _ = 1 // 0
    JobJournal(engine).accept(new_job(sample_batch().jobs[0]))


def test_chain_notes__advance_and_rewind__versions_and_place_follow(engine: Engine) -> None:
    notes = ChainNotes(engine)
    assert notes.cursor() is None
    notes.advance(BlockPlace(12, b"\x0c" * 32), [PUBLISHED], {PUBLISHED.function_id: PUBLISHED.version_id})
    assert notes.version(PUBLISHED.version_id) == PUBLISHED
    assert notes.live_versions() == [PUBLISHED]
    notes.rewind(BlockPlace(11, b"\x0b" * 32))
    assert notes.cursor() == BlockPlace(11, b"\x0b" * 32)
    assert (notes.version(PUBLISHED.version_id), notes.live_versions()) == (None, [])
