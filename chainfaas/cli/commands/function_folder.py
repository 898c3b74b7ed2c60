"""`chainfaas function new|test|build`: a function's folder, before anything is published."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chainfaas.cli.exit_codes import ExitCode
from chainfaas.cli.given_file import STANDARD_INPUT, is_piped_in, read_given_file
from chainfaas.cli.home_option import get_state_folder
from chainfaas.cli.lazy_module import lazy_module
from chainfaas.cli.output import print_json, progress, result_console
from chainfaas.cli.user_options import AsJson, ControllerOption, open_controller, registry_name
from chainfaas.domain.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from chainfaas.cli import foreign_text, offer_choice, trial_report
    from chainfaas.client import function_file, function_folder, function_templates
    from chainfaas.domain import encodings, manifests, outcomes
    from chainfaas.domain.manifests import Image
    from chainfaas.provider.bootstrap import workbench
    from chainfaas.provider.bootstrap.workbench import BuildOrder, Workbench
else:
    foreign_text = lazy_module("chainfaas.cli.foreign_text")
    offer_choice = lazy_module("chainfaas.cli.offer_choice")
    trial_report = lazy_module("chainfaas.cli.trial_report")
    function_file = lazy_module("chainfaas.client.function_file")
    function_folder = lazy_module("chainfaas.client.function_folder")
    function_templates = lazy_module("chainfaas.client.function_templates")
    encodings = lazy_module("chainfaas.domain.encodings")
    manifests = lazy_module("chainfaas.domain.manifests")
    outcomes = lazy_module("chainfaas.domain.outcomes")
    workbench = lazy_module("chainfaas.provider.bootstrap.workbench")

Folder = Annotated[Path, typer.Argument(help="The function's folder, or its function.toml.")]
BaseOption = Annotated[
    str, typer.Option("--base", help="Image to build from. Default: the Dockerfile's, or one made here.")
]


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


def build(
    context: typer.Context,
    folder: Folder = Path(),
    *,
    base: BaseOption = "",
    registry: Annotated[
        str | None, typer.Option(help="Where the image goes: HOST[:PORT][/PATH]. Default: the local one.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Build what `publish` publishes: the image, pushed for its digest, and the bundle's hash."""
    about = function_folder.open_function_folder(folder)
    document: dict[str, object] = {"function": about.name}
    if about.is_built:
        with progress(f"Building {about.name}") as say:
            order = _order(about, base, say)
            with workbench.open_workbench(get_state_folder(context), os.environ) as bench:
                built = bench.publish(order, registry_name(context, registry), say)
        about.note_built(built.image, built.base)
        document |= {
            "image": built.image.reference,
            "base": built.base or None,
            "imageBytes": built.size_bytes,
        }
    read = function_file.read_function_file(folder, function_folder.choose_image(folder, None))
    document["image"] = read.version.manifest.image.reference
    if read.bundle:
        document |= {
            "bundle": encodings.format_hex(read.version.bundle_hash),
            "bundleBytes": len(read.bundle),
        }
    if as_json:
        print_json(document)
        return
    for name, value in document.items():
        result_console.print(foreign_text.cell(f"{name}: {'-' if value is None else value}"), soft_wrap=True)


def try_once(  # noqa: PLR0913 - options are what a command line has
    context: typer.Context,
    folder: Folder = Path(),
    *,
    given: Annotated[
        str | None, typer.Option("--input", "-i", help="File with the input, or -. Default: a pipe.")
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File for the output.")] = None,
    base: BaseOption = "",
    runtime: Annotated[str, typer.Option(help="The engine's runtime: runc, or runsc for gVisor.")] = "runc",
    base_fee: Annotated[str | None, typer.Option(help="Tokens for each job, to reckon with.")] = None,
    price: Annotated[
        int | None, typer.Option(min=0, help="Base units for a MiB held for a millisecond.")
    ] = None,
    controller: ControllerOption = None,
    as_json: AsJson = False,
) -> None:
    """Run one call in the sandbox that a provider would run it in, on this machine, without a chain."""
    about = function_folder.open_function_folder(folder)
    content = _content(given)
    offer = offer_choice.given_offer(base_fee, price)
    offers = (
        (offer,)
        if offer
        else offer_choice.network_offers(
            lambda: open_controller(context, controller), is_named=controller is not None
        )
    )
    with (
        progress(f"Trying {about.name}") as say,
        workbench.open_workbench(get_state_folder(context), os.environ) as bench,
    ):
        read = function_file.read_function_file(folder, _image(about, base, bench, say))
        terms = read.version.terms
        tried = bench.run(
            workbench.Trial(
                read.version.manifest, terms.memory_mib, terms.timeout_ms, content, read.bundle, runtime
            )
        )
    trial_report.show_trial(trial_report.TrialReport(read.version, tried, offers), output, as_json=as_json)
    if tried.result.status is not outcomes.Status.SUCCEEDED:
        raise typer.Exit(ExitCode.INTERNAL)


def _image(
    about: function_folder.FunctionFolder, base: str, bench: Workbench, say: Callable[[str], None]
) -> Image | None:
    return bench.build(_order(about, base, say), say).image if about.is_built else about.image


def _order(about: function_folder.FunctionFolder, base: str, say: Callable[[str], None]) -> BuildOrder:
    usual = about.usual_base()
    if base and not usual:
        raise InvalidInputError(
            f"The Dockerfile of {about.name} takes no base.",
            remedy="Leave --base out, or begin it with ARG BASE.",
        )
    if about.before:
        say(f"Running {' '.join(about.before)}")
        about.build_program()
    return workbench.BuildOrder(about.name, about.folder, usual, base, about.packages, about.left_out)


def _content(given: str | None) -> bytes:
    if given is None and not is_piped_in():
        return b""
    return read_given_file(given or STANDARD_INPUT, manifests.OUTPUT_LIMIT_MAX_BYTES)
