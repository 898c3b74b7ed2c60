from __future__ import annotations

from pathlib import Path

import pytest

from chainfaas.chain.keystore import create_keystore
from chainfaas.domain.errors import ConfigurationError, ConflictError
from chainfaas.domain.identifiers import ProviderId
from chainfaas.provider.bootstrap.provider_folder import (
    ImportedKey,
    make_provider_folder,
    operator_of_folder,
    read_config,
    set_provider_id,
)
from chainfaas.provider.bootstrap.provider_status import read_status, running_daemon
from chainfaas.provider.journal.errors import JournalVersionError
from chainfaas.provider.journal.job_journal import JobJournal
from chainfaas.provider.journal.job_state import JobState
from chainfaas.provider.journal.journal_file import open_journal
from chainfaas.provider.settings import load_provider_settings
from tests.unit.provider.provider_samples import new_job, sample_job

SETTINGS = {
    "controllers": ["http://127.0.0.1:1"],
    "rpc": "/node.ipc",
    "deployments": "/deployments.json",
    "jobs": None,
}


def test_make_provider_folder__new__key_and_settings_that_can_be_loaded(tmp_path: Path) -> None:
    operator = make_provider_folder(tmp_path, SETTINGS)
    assert operator_of_folder(tmp_path) == operator
    set_provider_id(tmp_path, ProviderId(7))
    settings = load_provider_settings(tmp_path)
    assert (settings.provider_id, settings.controllers, settings.jobs) == (7, ("http://127.0.0.1:1",), 4)
    modes = [(tmp_path / name).stat().st_mode & 0o077 for name in ("operator.json", "operator.password")]
    assert modes == [0, 0]


def test_make_provider_folder__imported_key__copied(tmp_path: Path) -> None:
    keystore, password = tmp_path / "mine.json", tmp_path / "mine.password"
    key = create_keystore(keystore, password)
    operator = make_provider_folder(tmp_path / "provider", SETTINGS, ImportedKey(keystore, password))
    assert str(operator) == key.address
    assert (tmp_path / "provider" / "operator.json").stat().st_mode & 0o077 == 0


def test_make_provider_folder__one_there__refused(tmp_path: Path) -> None:
    make_provider_folder(tmp_path, SETTINGS)
    with pytest.raises(ConflictError):
        make_provider_folder(tmp_path, SETTINGS)


def test_make_provider_folder__registered_again_after_a_wipe__keeps_its_key(tmp_path: Path) -> None:
    operator = make_provider_folder(tmp_path, SETTINGS)
    (tmp_path / "config.toml").unlink()
    assert make_provider_folder(tmp_path, SETTINGS) == operator


def test_set_provider_id__another_number__refused(tmp_path: Path) -> None:
    make_provider_folder(tmp_path, SETTINGS)
    set_provider_id(tmp_path, ProviderId(7))
    set_provider_id(tmp_path, ProviderId(7))
    with pytest.raises(ConflictError):
        set_provider_id(tmp_path, ProviderId(8))


@pytest.mark.parametrize("text", [None, "= 1", "\udc80"])
def test_read_config__none_or_damaged__refused(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "config.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ConfigurationError):
        read_config(tmp_path)


def test_read_status__journal_with_a_job__shown(tmp_path: Path) -> None:
    with open_journal(tmp_path) as engine:
        JobJournal(engine).accept(new_job(sample_job()))
    status = read_status(tmp_path)
    assert (status.process, status.counts, status.earned) == (None, {JobState.ACCEPTED: 1}, 0)
    document = status.document()
    assert document["running"] is False
    assert document["owed"] == {"1": "1000"}
    assert running_daemon(tmp_path) is None


def test_read_status__never_started__says_so(tmp_path: Path) -> None:
    with pytest.raises(JournalVersionError):
        read_status(tmp_path)
