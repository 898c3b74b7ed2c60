from __future__ import annotations

import json
from pathlib import Path

import pytest

from chainfaas.chain.state_folder import StateFolder
from chainfaas.cli.user_settings import CONTROLLER, SETTINGS, WALLET, Choice, Source, UserSettings
from chainfaas.domain.errors import ConfigurationError
from tests.unit.cli.command_run import run_command


def test_choose__said_everywhere__first_place_wins_each_time(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('controller = "c"')
    (tmp_path / "system.toml").write_text('controller = "s"\nchain-id = 7')
    settings = UserSettings(StateFolder(tmp_path), {"CHAINFAAS_CONTROLLER": "e"})

    assert settings.choose(CONTROLLER, "o") == Choice("o", Source.OPTION)
    assert settings.choose(CONTROLLER) == Choice("e", Source.ENVIRONMENT)
    without = UserSettings(StateFolder(tmp_path), {"CHAINFAAS_CONTROLLER": ""})
    assert without.choose(CONTROLLER) == Choice("c", Source.CONFIG)
    (tmp_path / "config.toml").unlink()
    assert UserSettings(StateFolder(tmp_path), {}).choose(CONTROLLER) == Choice("s", Source.SYSTEM)
    assert UserSettings(StateFolder(tmp_path), {}).choose(WALLET) == Choice("default", Source.DEFAULT)


@pytest.mark.parametrize("text", ["wallet = ", "walet = 'a'", "wallet = 5"])
def test_user_settings__malformed_file__refused_by_its_path(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.toml").write_text(text)
    with pytest.raises(ConfigurationError, match=r"config\.toml"):
        UserSettings(StateFolder(tmp_path), {})


def test_config_show__json__value_and_source_of_each(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHAINFAAS_WALLET", "mine")
    outcome = run_command(capsys, "--home", str(tmp_path), "config", "show", "--json")
    shown = json.loads(outcome.out)["settings"]

    assert set(shown) == {setting.name for setting in SETTINGS}
    assert (shown["wallet"]["value"], shown["wallet"]["source"]) == ("mine", "environment")


def test_config_show__person__a_row_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = run_command(capsys, "--home", str(tmp_path), "config", "show")

    assert all(setting.name in outcome.out for setting in SETTINGS)
