"""`chainfaas invoke`: a call."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chainfaas.cli.exit_codes import ExitCode
from chainfaas.cli.given_file import STANDARD_INPUT, is_piped_in, read_given_file
from chainfaas.cli.lazy_module import lazy_module
from chainfaas.cli.output import print_json, result_console, side_console
from chainfaas.cli.user_options import AsJson, ControllerOption, WalletOption, open_controller

if TYPE_CHECKING:
    from chainfaas.cli import call_output
    from chainfaas.client import answers, controller_client, errors
    from chainfaas.domain import identifiers, manifests
else:
    call_output = lazy_module("chainfaas.cli.call_output")
    answers = lazy_module("chainfaas.client.answers")
    controller_client = lazy_module("chainfaas.client.controller_client")
    errors = lazy_module("chainfaas.client.errors")
    manifests = lazy_module("chainfaas.domain.manifests")

_KEY_BYTES = 16

app = typer.Typer(add_completion=False)


@app.command()
def invoke(  # noqa: PLR0913 - options are what a command line has
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of an own function, <owner>/<name>, or fn-<id>.")],
    *,
    given: Annotated[
        str | None, typer.Option("--input", "-i", help="File with the input, or -. Default: a pipe.")
    ] = None,
    text: Annotated[str | None, typer.Option("--text", "-t", help="The input itself.")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File for the output.")] = None,
    key: Annotated[str, typer.Option("--key", help="Idempotency key: calls of one key are one call.")] = "",
    wait: Annotated[float, typer.Option(min=0, help="Seconds to wait for the answer.")] = 60,
    is_async: Annotated[bool, typer.Option("--async", help="Do not wait; print the invocation.")] = False,
    wallet: WalletOption = None,
    controller: ControllerOption = None,
    as_json: AsJson = False,
) -> None:
    """Call a function, and write its output to standard output or a file."""
    # The key is ours to know, so that a call that is interrupted can be found again.
    call = controller_client.Call(
        name, _content(given, text), idempotency_key=key or secrets.token_hex(_KEY_BYTES)
    )
    at = open_controller(context, controller, wallet)
    if is_async:
        _print_submitted(at.submit(call), as_json=as_json)
        return
    try:
        answer = at.invoke(call, wait)
    except KeyboardInterrupt:
        _tell_of_interrupted(at.submit(call))
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    except errors.FunctionFailedError as failed:
        facts = answers.call_facts(failed.headers)
        if as_json:
            print_json({**call_output.facts_document(facts), "problem": failed.facts})
            raise typer.Exit(ExitCode.INTERNAL) from failed
        call_output.print_facts(facts)
        raise
    call_output.show_answer(answer, output, as_json=as_json)


def _content(given: str | None, text: str | None) -> bytes:
    if given is not None and text is not None:
        raise typer.BadParameter("The input is either --input or --text.")
    if text is not None:
        return text.encode()
    if given is None and not is_piped_in():
        return b""
    return read_given_file(given or STANDARD_INPUT, manifests.OUTPUT_LIMIT_MAX_BYTES)


def _tell_of_interrupted(invocation: identifiers.InvocationId) -> None:
    side_console.print(
        f"{invocation} goes on without you.\n"
        f"→ chainfaas invocation wait {invocation}\n→ chainfaas invocation cancel {invocation}",
        soft_wrap=True,
    )


def _print_submitted(invocation: identifiers.InvocationId, *, as_json: bool) -> None:
    if as_json:
        print_json({"invocation": str(invocation)})
    else:
        result_console.print(str(invocation), soft_wrap=True)
