"""`chainfaas function new`: a folder to start from. The command `function` takes it up."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chainfaas.cli.lazy_module import lazy_module
from chainfaas.cli.output import print_json, result_console
from chainfaas.cli.user_options import AsJson

if TYPE_CHECKING:
    from chainfaas.cli import foreign_text
    from chainfaas.client import function_templates
else:
    foreign_text = lazy_module("chainfaas.cli.foreign_text")
    function_templates = lazy_module("chainfaas.client.function_templates")


class Language(StrEnum):
    """What help shows of the templates without loading them."""

    PYTHON = "python"
    NODE = "node"
    GO = "go"
    SHELL = "shell"


def new(
    name: Annotated[str, typer.Argument(help="What you will call it by.")],
    template: Annotated[Language, typer.Option("--template", "-t", help="What it is written in.")],
    into: Annotated[Path | None, typer.Option(help="Folder for it. Default: ./NAME.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Write a folder with a function that works at once; nothing is overwritten."""
    folder = Path(name) if into is None else into
    files = function_templates.write_function_folder(
        name, function_templates.FunctionTemplate(template.value), folder
    )
    given = function_templates.template_input(folder)
    steps = [
        f"chainfaas function test {folder} --input {given}",
        f"chainfaas function build {folder}",
        f"chainfaas function publish {folder}",
        f"chainfaas invoke {name} --input {given}",
    ]
    if as_json:
        print_json({"folder": str(folder), "files": [file.name for file in files], "next": steps})
        return
    written = f"{name} is in {folder}: {', '.join(file.name for file in files)}"
    for line in (written, "Next:", *(f"  {step}" for step in steps)):
        result_console.print(foreign_text.cell(line), soft_wrap=True)
