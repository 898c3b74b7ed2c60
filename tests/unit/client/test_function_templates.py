from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from chainfaas.client.errors import FunctionFileError, FunctionFolderError
from chainfaas.client.function_file import parse_image, read_function_file
from chainfaas.client.function_templates import FunctionTemplate, template_input, write_function_folder

IMAGE = parse_image("registry.example/some@sha256:" + "0" * 64)


@pytest.mark.parametrize("template", FunctionTemplate)
def test_write_function_folder__each_template__is_a_function_that_can_be_published(
    template: FunctionTemplate, tmp_path: Path
) -> None:
    files = write_function_folder("my-own", template, tmp_path / "made")

    read = read_function_file(tmp_path / "made", IMAGE)
    assert read.name == "my-own"
    assert bool(read.bundle) is (template in {FunctionTemplate.PYTHON, FunctionTemplate.SHELL})
    assert template_input(tmp_path / "made") in files
    assert {"Dockerfile", "README.md", "function.toml", ".dockerignore"} <= {file.name for file in files}
    assert all("@NAME@" not in file.read_text() for file in files)
    assert len((tmp_path / "made" / "README.md").read_text().splitlines()) <= 10
    assert [entry.name for entry in tmp_path.iterdir()] == ["made"]


def test_write_function_folder__python__brings_the_kit_and_a_test(tmp_path: Path) -> None:
    files = write_function_folder("f", FunctionTemplate.PYTHON, tmp_path / "f")
    assert {"chainfaas_kit.py", "handler.py", "test_handler.py"} <= {file.name for file in files}


def test_write_function_folder__empty_folder__is_filled(tmp_path: Path) -> None:
    (tmp_path / "f").mkdir()
    write_function_folder("f", FunctionTemplate.GO, tmp_path / "f")
    assert tomllib.loads((tmp_path / "f" / "function.toml").read_text())["name"] == "f"


@pytest.mark.parametrize("there", ["file", "full folder", "link"])
def test_write_function_folder__something_there__is_left_as_it_was(there: str, tmp_path: Path) -> None:
    place = tmp_path / "f"
    if there == "file":
        place.write_text("mine")
    elif there == "link":
        (tmp_path / "elsewhere").mkdir()
        place.symlink_to(tmp_path / "elsewhere")
    else:
        place.mkdir()
        (place / "mine").write_text("mine")
    before = sorted(tmp_path.rglob("*"))

    with pytest.raises(FunctionFolderError, match="already"):
        write_function_folder("f", FunctionTemplate.GO, place)

    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("name", ["", "Big", "1st", "a_b", "a-", "../up", "a" * 64])
def test_write_function_folder__name_that_no_function_has__refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(FunctionFileError, match="can be called"):
        write_function_folder(name, FunctionTemplate.GO, tmp_path / "f")
    assert not list(tmp_path.iterdir())
