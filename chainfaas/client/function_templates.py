"""The folders that functions start from, as this release ships them, and making a new function out of one."""

from __future__ import annotations

import importlib.resources
import shutil
import tempfile
from enum import StrEnum
from pathlib import Path

from chainfaas.client.errors import FunctionFileError, FunctionFolderError
from chainfaas.domain.manifests import is_function_name

_PLACEHOLDER = "@NAME@"
_LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc")


class FunctionTemplate(StrEnum):
    """What a function may be written in."""

    PYTHON = "python"
    """One file, a bundle for the Python kit, which keeps its process from call to call."""
    NODE = "node"
    """A program in an image with Node."""
    GO = "go"
    """A static program that is the whole image."""
    SHELL = "shell"
    """A script, a bundle for an image with a shell."""


def write_function_folder(name: str, template: FunctionTemplate, folder: Path) -> tuple[Path, ...]:
    """Make a folder with a function that works at once; all of it or nothing.

    Args:
        name: What its owner will call the function.
        template: What it is written in.
        folder: Where; there must be nothing, or an empty folder.

    Returns:
        The files, in order of their names.

    Raises:
        FunctionFileError: No function can have this name.
        FunctionFolderError: Something is there already, or it cannot be written.
    """
    if not is_function_name(name):
        raise FunctionFileError(
            f"No function can be called {name!r}.",
            remedy="Choose 1 to 63 of a-z, 0-9 and -, a letter first, no - at the end.",
        )
    if folder.is_symlink() or (folder.exists() and (not folder.is_dir() or any(folder.iterdir()))):
        raise FunctionFolderError(f"There is something in {folder} already.")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as beside:
            made = Path(beside) / "function"
            _fill(made, name, template)
            made.replace(folder)
    except OSError as fault:
        raise FunctionFolderError(
            f"{folder} cannot be written: {fault.strerror}.", remedy="Choose another place with --into."
        ) from fault
    return tuple(sorted(file for file in folder.iterdir() if file.is_file()))


def template_input(folder: Path) -> Path:
    """Return the input to try a new function with.

    Args:
        folder: A folder that `write_function_folder` made.
    """
    return next(iter(sorted(folder.glob("input.*"))))


def _fill(folder: Path, name: str, template: FunctionTemplate) -> None:
    shutil.copytree(_shipped("function-templates", "templates") / template, folder, ignore=_LEFT_OUT)
    if template is FunctionTemplate.PYTHON:
        kit = "chainfaas_kit.py"
        shutil.copyfile(_shipped("python-kit", "python_kit") / kit, folder / kit)
    for file in (folder / "function.toml", folder / "README.md"):
        file.write_text(file.read_text(encoding="utf-8").replace(_PLACEHOLDER, name), encoding="utf-8")


def _shipped(in_wheel: str, in_checkout: str) -> Path:
    package = Path(str(importlib.resources.files("chainfaas")))
    shipped = package / "shipped" / in_wheel
    if shipped.is_dir():
        return shipped
    # In a checkout the package lies beside the folder that a wheel takes it from.
    return package.parent / "examples" / "functions" / in_checkout
