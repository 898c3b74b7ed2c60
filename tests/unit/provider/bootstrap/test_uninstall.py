from __future__ import annotations

from pathlib import Path

import pytest

from chainfaas.chain.state_folder import StateFolder
from chainfaas.domain.errors import ConfigurationError, ConflictError, InvalidInputError
from chainfaas.provider.bootstrap.provider_folder import make_provider_folder
from chainfaas.provider.bootstrap.uninstall import plan_removal, remove_provider
from chainfaas.provider.journal.job_journal import JobJournal
from chainfaas.provider.journal.journal_file import open_journal
from tests.unit.provider.provider_samples import new_job, sample_job

SETTINGS = {"controllers": ["http://127.0.0.1:1"], "rpc": "/node.ipc", "deployments": "/deployments.json"}


@pytest.fixture
def home(tmp_path: Path) -> StateFolder:
    home = StateFolder(tmp_path)
    make_provider_folder(home.providers / "main", SETTINGS)
    make_provider_folder(home.providers / "other", SETTINGS)
    return home


def leave_unpaid_work(home: StateFolder) -> None:
    with open_journal(home.providers / "main") as engine:
        JobJournal(engine).accept(new_job(sample_job()))


def test_remove_provider__nothing_unpaid__its_folder_and_log_alone(home: StateFolder) -> None:
    home.logs.mkdir()
    for name in ("main", "other"):
        (home.logs / f"provider-{name}.log").write_text("a line\n")
    removal = plan_removal(home, "main", {})
    assert (removal.files, removal.containers, removal.forgets_earnings) == (3, (), False)
    remove_provider(removal, forget_unclaimed=False)
    assert [each.name for each in home.providers.iterdir()] == ["other"]
    assert [each.name for each in home.logs.iterdir()] == ["provider-other.log"]


def test_remove_provider__unpaid_work__only_if_it_may_be_forgotten(home: StateFolder) -> None:
    leave_unpaid_work(home)
    removal = plan_removal(home, "main", {})
    assert removal.forgets_earnings
    with pytest.raises(ConflictError, match="only proof"):
        remove_provider(removal, forget_unclaimed=False)
    assert (home.providers / "main" / "operator.json").is_file()
    remove_provider(removal, forget_unclaimed=True)
    assert not (home.providers / "main").exists()


def test_plan_removal__no_such_provider__says_so(home: StateFolder) -> None:
    with pytest.raises(ConfigurationError):
        plan_removal(home, "nobody", {})


@pytest.mark.parametrize("name", ["..", "../keys", ".", "", "main/", "/etc", "main/../other"])
def test_plan_removal__path_instead_of_a_name__refused(home: StateFolder, name: str) -> None:
    (home.root / "config.toml").write_text("")
    with pytest.raises(InvalidInputError):
        plan_removal(home, name, {})
