from __future__ import annotations

import json
from pathlib import Path

import pytest

from chainfaas.client.errors import BuildOutdatedError, FunctionFileError
from chainfaas.client.function_file import parse_image
from chainfaas.client.function_folder import FunctionFolder, choose_image, open_function_folder
from chainfaas.domain.errors import InvalidManifestError

IMAGE = parse_image("registry.example/f@sha256:" + "1" * 64)
OTHER = parse_image("registry.example/f@sha256:" + "2" * 64)


def function_in(
    folder: Path, extra: str = "", dockerfile: str = "ARG BASE=some:1\nFROM ${BASE}\n"
) -> FunctionFolder:
    (folder / "function.toml").write_text(f'name = "f"\n{extra}')
    (folder / "Dockerfile").write_text(dockerfile)
    (folder / "main.txt").write_text("one")
    return open_function_folder(folder)


def test_open_function_folder__build_table__read(tmp_path: Path) -> None:
    about = function_in(tmp_path, '[build]\nbefore = ["a", "b"]\npackages = ["g++", "python3"]\n')
    assert (about.name, about.before, about.packages) == ("f", ("a", "b"), ("g++", "python3"))
    assert (about.is_built, about.usual_base()) == (True, "some:1")


@pytest.mark.parametrize(
    ("extra", "reason"),
    [
        ('[build]\nafter = ["a"]\n', "nobody knows"),
        ('[build]\nbefore = "a"\n', "list of texts"),
        ("[build]\nbefore = [1]\n", "list of texts"),
        ('[build]\npackages = ["a,b"]\n', "no package"),
        ('[build]\npackages = ["--variant=x"]\n', "no package"),
        ('build = "x"\n', "not a table"),
    ],
)
def test_open_function_folder__bad_build_table__refused(extra: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(FunctionFileError, match=reason):
        function_in(tmp_path, extra)


@pytest.mark.parametrize("name", ["", "../up", "Big"])
def test_open_function_folder__bad_name__refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "function.toml").write_text(f'name = "{name}"\n')
    with pytest.raises(FunctionFileError, match="no name"):
        open_function_folder(tmp_path)


@pytest.mark.parametrize(
    ("dockerfile", "base"),
    [
        ("FROM scratch\n", ""),
        ("# ARG BASE=no:1\nFROM scratch\n", ""),
        ("ARG OTHER=x\narg base=a.example/b:1@sha256:0\nFROM ${BASE}\n", "a.example/b:1@sha256:0"),
    ],
)
def test_usual_base__dockerfiles__the_value_of_their_argument(
    dockerfile: str, base: str, tmp_path: Path
) -> None:
    assert function_in(tmp_path, dockerfile=dockerfile).usual_base() == base


def test_is_built__image_named__is_not(tmp_path: Path) -> None:
    about = function_in(tmp_path, f'image = "{IMAGE.reference}"\n')
    assert (about.is_built, about.image) == (False, IMAGE)


def test_choose_image__built__what_was_noted(tmp_path: Path) -> None:
    function_in(tmp_path).note_built(IMAGE, "some:1")
    assert choose_image(tmp_path, None) == IMAGE
    assert json.loads((tmp_path / "built.json").read_text())["base"] == "some:1"


def test_choose_image__option_given__wins(tmp_path: Path) -> None:
    function_in(tmp_path).note_built(IMAGE, "")
    assert choose_image(tmp_path, OTHER.reference) == OTHER
    with pytest.raises(InvalidManifestError):
        choose_image(tmp_path, "some:latest")


def test_choose_image__file_names_it__left_to_the_file(tmp_path: Path) -> None:
    function_in(tmp_path, f'image = "{OTHER.reference}"\n').note_built(IMAGE, "")
    assert choose_image(tmp_path / "function.toml", None) is None


def test_choose_image__never_built__says_so(tmp_path: Path) -> None:
    function_in(tmp_path)
    with pytest.raises(BuildOutdatedError, match="not built yet"):
        choose_image(tmp_path, None)


@pytest.mark.parametrize("change", ["main.txt", "Dockerfile", "more/new.txt", ".dockerignore"])
def test_choose_image__sources_changed_since__refused(change: str, tmp_path: Path) -> None:
    function_in(tmp_path).note_built(IMAGE, "")
    (tmp_path / change).parent.mkdir(exist_ok=True)
    (tmp_path / change).write_text("two")
    with pytest.raises(BuildOutdatedError, match="changed since"):
        choose_image(tmp_path, None)


@pytest.mark.parametrize("change", ["handler.py", "README.md", ".git/HEAD", "__pycache__/x.pyc"])
def test_choose_image__what_is_no_source_changed__still_built(change: str, tmp_path: Path) -> None:
    extra = 'bundle = "handler.py"\n'
    function_in(tmp_path, extra).note_built(IMAGE, "")
    (tmp_path / "function.toml").write_text(f'name = "f"\nmemory-mib = 7\n{extra}')
    (tmp_path / change).parent.mkdir(exist_ok=True)
    (tmp_path / change).write_text("two")
    assert choose_image(tmp_path, None) == IMAGE


@pytest.mark.parametrize(
    "note", ["", "[]", "{}", '{"image": "x", "sources": ""}', '{"image": 1, "sources": ""}']
)
def test_choose_image__note_damaged__says_so(note: str, tmp_path: Path) -> None:
    function_in(tmp_path)
    (tmp_path / "built.json").write_text(note)
    with pytest.raises(BuildOutdatedError, match="damaged"):
        choose_image(tmp_path, None)


def test_sources_hash__file_renamed__is_another(tmp_path: Path) -> None:
    about = function_in(tmp_path)
    before = about.sources_hash()
    (tmp_path / "main.txt").rename(tmp_path / "other.txt")
    assert about.sources_hash() != before
