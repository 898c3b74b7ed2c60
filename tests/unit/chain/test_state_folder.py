from __future__ import annotations

from pathlib import Path

import platformdirs
import pytest

from chainfaas.chain.state_folder import StateFolder, locate_state_folder, tool_cache_folder
from chainfaas.domain.errors import ConfigurationError


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "chainfaas").mkdir()
    (tmp_path / "chainfaas" / "__init__.py").touch()
    (tmp_path / "pyproject.toml").touch()
    return tmp_path


def test_locate_state_folder__chosen__wins_over_all(checkout: Path) -> None:
    found = locate_state_folder(Path("/chosen"), {"CHAINFAAS_HOME": "/named"}, checkout)

    assert found.root == Path("/chosen")


def test_locate_state_folder__variable__wins_over_checkout(checkout: Path) -> None:
    assert locate_state_folder(None, {"CHAINFAAS_HOME": "/named"}, checkout).root == Path("/named")


def test_locate_state_folder__below_checkout__folder_of_the_checkout(checkout: Path) -> None:
    inside = checkout / "docs" / "deep"
    inside.mkdir(parents=True)

    assert locate_state_folder(None, {"CHAINFAAS_HOME": ""}, inside).root == checkout / ".chainfaas"


def test_locate_state_folder__elsewhere__platform_folder(tmp_path: Path) -> None:
    found = locate_state_folder(None, {}, tmp_path)

    assert found.root == platformdirs.user_data_path("chainfaas", appauthor=False)


def test_create__new__closed_to_others(tmp_path: Path) -> None:
    folder = StateFolder(tmp_path / "a" / "state")
    folder.create()

    assert {path.stat().st_mode & 0o777 for path in (folder.root, folder.keys, folder.run)} == {0o700}


def test_create__open_folder_is_there__closed(tmp_path: Path) -> None:
    folder = StateFolder(tmp_path / "state")
    folder.root.mkdir(mode=0o755)
    folder.create()

    assert folder.root.stat().st_mode & 0o777 == 0o700


def test_create__file_in_the_way__says_so(tmp_path: Path) -> None:
    (tmp_path / "state").touch()

    with pytest.raises(ConfigurationError, match="cannot be made") as caught:
        StateFolder(tmp_path / "state").create()
    assert "--home" in caught.value.remedy


def test_tool_cache_folder__variable__used() -> None:
    assert tool_cache_folder({"CHAINFAAS_CACHE": "/cache"}) == Path("/cache")


def test_tool_cache_folder__no_variable__platform_folder() -> None:
    assert tool_cache_folder({}) == platformdirs.user_cache_path("chainfaas", appauthor=False)
