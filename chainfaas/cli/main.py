"""The `chainfaas` command."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from typer.main import get_command

from chainfaas.cli.exit_codes import exit_code_of
from chainfaas.cli.home_option import set_state_folder
from chainfaas.cli.lazy_group import LazyGroup
from chainfaas.cli.output import print_error
from chainfaas.cli.version_option import print_version
from chainfaas.domain.errors import ChainFaaSError

app = typer.Typer(
    cls=LazyGroup,
    no_args_is_help=True,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def options(
    context: typer.Context,
    home: Annotated[
        Path | None,
        typer.Option(help="State folder. Default: $CHAINFAAS_HOME, else .chainfaas in a checkout."),
    ] = None,
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """ChainFaaS: a serverless platform on other people's machines, settled on a blockchain."""
    del version
    set_state_folder(context, home)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command line; does not return.

    Args:
        arguments: The words after the program's name; this process's own when absent.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        get_command(app).main(words, prog_name="chainfaas")
    except ChainFaaSError as error:
        print_error(error, as_json="--json" in words)
        sys.exit(exit_code_of(error))
