"""`chainfaas verify`: a receipt, checked offline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chainfaas.cli.exit_codes import ExitCode
from chainfaas.cli.given_file import read_given_file
from chainfaas.cli.lazy_module import lazy_module
from chainfaas.cli.output import print_json, result_console

if TYPE_CHECKING:
    from chainfaas.chain import deployments
    from chainfaas.cli import receipt_check
    from chainfaas.domain import identifiers, manifests
    from chainfaas.domain import verify_receipt as rules
else:
    deployments = lazy_module("chainfaas.chain.deployments")
    receipt_check = lazy_module("chainfaas.cli.receipt_check")
    identifiers = lazy_module("chainfaas.domain.identifiers")
    manifests = lazy_module("chainfaas.domain.manifests")
    rules = lazy_module("chainfaas.domain.verify_receipt")

app = typer.Typer(add_completion=False)

_FILE_MAX_BYTES = 1 << 20


@app.command()
def verify(
    receipt: Annotated[str, typer.Argument(help="The receipt's file; - for standard input.")],
    output: Annotated[
        str | None, typer.Option(help="File with the function's output, to be checked with it.")
    ] = None,
    operator: Annotated[
        str | None, typer.Option(help="Address that the provider must have signed with.")
    ] = None,
    controller: Annotated[
        str | None, typer.Option(help="Address that the controller must have signed with.")
    ] = None,
    network: Annotated[
        Path | None, typer.Option(help="Deployments file of the network that it must be of.")
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Check every hash and both signatures of a receipt, without asking any network.

    Who the signers should be is not in the receipt: name them, or compare them with the chain.
    """
    expected = rules.ReceiptExpectations(
        domain=None if network is None else deployments.read_deployments(network).signing_domain,
        controller=None if controller is None else identifiers.Address.parse(controller),
        operator=None if operator is None else identifiers.Address.parse(operator),
        output=None if output is None else read_given_file(output, manifests.OUTPUT_LIMIT_MAX_BYTES),
    )
    outcome = receipt_check.check_receipt(read_given_file(receipt, _FILE_MAX_BYTES), expected)
    if as_json:
        print_json(outcome.as_json())
    else:
        for table in receipt_check.receipt_tables(outcome):
            result_console.print(table)
    if not outcome.is_valid:
        raise typer.Exit(ExitCode.INTERNAL)
