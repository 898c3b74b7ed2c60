"""`chainfaas invocation`: calls that were made."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chainfaas.cli.lazy_module import lazy_module
from chainfaas.cli.output import print_json, print_table, progress, result_console
from chainfaas.cli.user_options import AsJson, ControllerOption, WalletOption, open_controller

if TYPE_CHECKING:
    from chainfaas.cli import call_output, foreign_text, invocation_tables
    from chainfaas.domain import identifiers
else:
    call_output = lazy_module("chainfaas.cli.call_output")
    foreign_text = lazy_module("chainfaas.cli.foreign_text")
    invocation_tables = lazy_module("chainfaas.cli.invocation_tables")
    identifiers = lazy_module("chainfaas.domain.identifiers")

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Look at calls that were made.")

Invocation = Annotated[str, typer.Argument(help="The call: inv_...")]
OutputFile = Annotated[Path | None, typer.Option("--output", "-o", help="File to write it to.")]

_MEMBERS = ("invocation", "state", "function", "versionId", "inputBytes", "inputHash", "developer")


@app.command("list")
def list_latest(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many at most.")] = 20,
    wallet: WalletOption = None,
    controller: ControllerOption = None,
    *,
    as_json: AsJson = False,
) -> None:
    """List the wallet's latest calls."""
    at = open_controller(context, controller, wallet)
    found = invocation_tables.with_attempts_and_names(at, at.invocations(limit))
    if as_json:
        print_json({"invocations": found})
    else:
        print_table(invocation_tables.invocations_table(found))


@app.command()
def show(
    context: typer.Context,
    invocation: Invocation,
    wallet: WalletOption = None,
    controller: ControllerOption = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show how a call went: each attempt, where it ran, its times and its cost."""
    wanted = identifiers.InvocationId.parse(invocation)
    found = open_controller(context, controller, wallet).invocation(wanted)
    if as_json:
        print_json(found.document)
        return
    print_table(invocation_tables.members_table(found.document, _MEMBERS))
    print_table(invocation_tables.attempts_table(found.document))


@app.command()
def wait(
    context: typer.Context,
    invocation: Invocation,
    seconds: Annotated[float, typer.Option("--seconds", min=0, help="How long at most.")] = 300,
    output: OutputFile = None,
    wallet: WalletOption = None,
    controller: ControllerOption = None,
) -> None:
    """Wait until a call has ended, and write its output."""
    wanted = identifiers.InvocationId.parse(invocation)
    with progress("Waiting for the answer"):
        answer = open_controller(context, controller, wallet).wait(wanted, seconds)
    call_output.write_output(answer.output, answer.content_type, output)
    call_output.print_facts(answer.facts)


@app.command()
def cancel(
    context: typer.Context,
    invocation: Invocation,
    wallet: WalletOption = None,
    controller: ControllerOption = None,
) -> None:
    """Give a call up; what a provider has run until then is paid."""
    wanted = identifiers.InvocationId.parse(invocation)
    open_controller(context, controller, wallet).cancel(wanted)
    result_console.print(f"{wanted} is given up.")


@app.command("output")
def show_output(
    context: typer.Context,
    invocation: Invocation,
    output: OutputFile = None,
    wallet: WalletOption = None,
    controller: ControllerOption = None,
) -> None:
    """Write the output of a call that has ended."""
    wanted = identifiers.InvocationId.parse(invocation)
    answer = open_controller(context, controller, wallet).output(wanted)
    call_output.write_output(answer.output, answer.content_type, output)


@app.command()
def log(
    context: typer.Context,
    invocation: Invocation,
    output: OutputFile = None,
    wallet: WalletOption = None,
    controller: ControllerOption = None,
) -> None:
    """Write what the function wrote beside its output."""
    wanted = identifiers.InvocationId.parse(invocation)
    written = open_controller(context, controller, wallet).log(wanted)
    if output is not None or not sys.stdout.isatty():
        call_output.write_output(written, "log", output)
    else:
        sys.stdout.write(foreign_text.plain_bytes(written))


@app.command()
def receipt(
    context: typer.Context,
    invocation: Invocation,
    output: OutputFile = None,
    wallet: WalletOption = None,
    controller: ControllerOption = None,
) -> None:
    """Write a call's receipt, for `chainfaas verify`; not a byte is added to it."""
    wanted = identifiers.InvocationId.parse(invocation)
    document = open_controller(context, controller, wallet).receipt(wanted)
    if output is not None:
        call_output.write_file(output, document)
    else:
        sys.stdout.buffer.write(document)
        sys.stdout.buffer.flush()
