from __future__ import annotations

from pathlib import Path

import pytest

from chainfaas.domain.errors import ConfigurationError
from chainfaas.provider.settings import ENVIRONMENT_PREFIX, ProviderSettings, load_provider_settings

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "guides" / "provider.md"
CONFIG = """\
provider_id = 7
controllers = ["http://127.0.0.1:8080/"]
rpc = "/somewhere/geth.ipc"
deployments = "/somewhere/deployments.json"
exposure_tokens = "1.5"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.toml").write_text(CONFIG)
    return tmp_path


def test_load_provider_settings__file__read(folder: Path) -> None:
    settings = load_provider_settings(folder)
    assert settings.provider_id == 7
    assert settings.controllers == ("http://127.0.0.1:8080",)
    assert settings.exposure_limit == 15 * 10**17
    assert settings.jobs == 4


def test_load_provider_settings__environment__before_the_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHAINFAAS_PROVIDER_CONTROLLERS", "http://a.example, http://b.example/")
    monkeypatch.setenv("CHAINFAAS_PROVIDER_PROVIDER_ID", "8")
    monkeypatch.setenv("CHAINFAAS_PROVIDER_IMAGE_REPOSITORIES", "a.example")
    settings = load_provider_settings(folder)
    assert settings.controllers == ("http://a.example", "http://b.example")
    assert (settings.provider_id, settings.image_repositories) == (8, ("a.example",))


def test_load_provider_settings__flag__before_the_environment(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHAINFAAS_PROVIDER_JOBS", "2")
    assert load_provider_settings(folder, {"jobs": 3, "rpc": None}).jobs == 3


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("jobs = 0", "jobs"),
        ("colour = 1", "colour"),
        ('rpc = ""', "rpc"),
        ("controllers = []", "controllers"),
        ('controllers = ["ftp://a"]', "controllers"),
        ('controllers = ["127.0.0.1"]', "controllers"),
        ('exposure_tokens = "-1"', "exposure_tokens"),
        ("exposure_tokens = 1.5", "exposure_tokens"),
        ("provider_id = 4294967296", "provider_id"),
        ("jobs = = 1", "config.toml"),
    ],
)
def test_load_provider_settings__bad_line__refused_by_name(folder: Path, line: str, named: str) -> None:
    kept = [each for each in CONFIG.splitlines() if each.split(" =")[0] != line.split(" =", maxsplit=1)[0]]
    (folder / "config.toml").write_text("\n".join([*kept, line]))
    with pytest.raises(ConfigurationError, match=named):
        load_provider_settings(folder)


def test_load_provider_settings__no_file__says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="provider_id"):
        load_provider_settings(tmp_path)


@pytest.mark.parametrize(
    ("places", "repository", "allowed"),
    [
        (("a.example",), "a.example/b", True),
        (("a.example/",), "a.example/b/c", True),
        (("a.example",), "a.example.evil/b", False),
        (("a.example/b",), "a.example/b", True),
        (("a.example/b",), "a.example/bc", False),
        ((), "a.example/b", False),
    ],
)
def test_allows_repository__places__those_and_what_is_below(
    folder: Path, places: tuple[str, ...], repository: str, allowed: bool
) -> None:
    settings = load_provider_settings(folder, {"image_repositories": places})
    assert settings.allows_repository(repository) is allowed


@pytest.mark.parametrize("name", ProviderSettings.model_fields)
def test_settings__each__described_and_in_the_guide(name: str) -> None:
    assert ProviderSettings.model_fields[name].description
    assert f"`{name}`" in GUIDE.read_text()


def test_guide__environment__named_as_it_is() -> None:
    assert f"`{ENVIRONMENT_PREFIX}" in GUIDE.read_text()
