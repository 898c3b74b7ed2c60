"""`chainfaas job`: what the chain knows of a job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from chainfaas.cli.lazy_module import lazy_module
from chainfaas.cli.output import print_json, print_table, result_console
from chainfaas.cli.user_options import AsJson, ControllerOption, WalletOption, open_controller

if TYPE_CHECKING:
    from chainfaas.cli import invocation_tables
    from chainfaas.client import answers
    from chainfaas.domain import identifiers
else:
    invocation_tables = lazy_module("chainfaas.cli.invocation_tables")
    answers = lazy_module("chainfaas.client.answers")
    identifiers = lazy_module("chainfaas.domain.identifiers")

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Look at what the chain knows of jobs.")

_MEMBERS = (
    *("job", "state", "path", "status", "billedMs", "cost", "reserved", "needed", "providerId", "cid"),
    *("versionId", "developer", "receiptHash"),
)


@app.callback()
def job() -> None:
    """Look at what the chain knows of jobs."""


@app.command()
def show(
    context: typer.Context,
    number: Annotated[str, typer.Argument(metavar="JOB", help="The job's number.")],
    wallet: WalletOption = None,
    controller: ControllerOption = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show a job with every event of it on the chain: names, blocks, times, transactions."""
    document = open_controller(context, controller, wallet).job(identifiers.job_id(number))
    if as_json:
        print_json(document)
        return
    chain = document.get("chain")
    if isinstance(chain, Mapping):
        print_table(invocation_tables.members_table(chain, _MEMBERS))
    else:
        result_console.print("The chain does not know this job yet.")
    print_table(invocation_tables.events_table(answers.object_members(document, "events")))
