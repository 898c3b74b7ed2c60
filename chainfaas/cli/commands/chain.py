"""`chainfaas chain`: the local proof-of-authority network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from chainfaas.cli.home_option import get_state_folder
from chainfaas.cli.lazy_module import lazy_module
from chainfaas.cli.network_table import network_table
from chainfaas.cli.output import print_json, progress, result_console
from chainfaas.domain.errors import ConflictError

if TYPE_CHECKING:
    from chainfaas.chain.node import finder, local_network
else:
    finder = lazy_module("chainfaas.chain.node.finder")
    local_network = lazy_module("chainfaas.chain.node.local_network")

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Run the local proof-of-authority network."
)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]

DEFAULT_SIGNERS = 3
DEFAULT_PERIOD_SECONDS = 1


@app.command()
def up(
    context: typer.Context,
    signers: Annotated[
        int | None, typer.Option(min=1, max=9, help="Number of signers of a new network. Default: 3.")
    ] = None,
    period: Annotated[
        int | None,
        typer.Option(min=0, max=60, help="Seconds between blocks; 0 seals on demand. Default: 1."),
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Start the network, founding it first if there is none.

    A running network is used as it is, a stopped one goes on with its data.
    """
    folder = get_state_folder(context)
    with progress("Starting the network") as tell:
        if folder.network_file.exists():
            network = local_network.LocalNetwork.open(folder)
            _refuse_other_settings(network, signers, period)
        else:
            finder.find_node_program(tell)
            network = local_network.LocalNetwork.create(
                folder,
                DEFAULT_SIGNERS if signers is None else signers,
                DEFAULT_PERIOD_SECONDS if period is None else period,
            )
        network.start()
    _print_status(network, as_json=as_json)


@app.command()
def down(context: typer.Context) -> None:
    """Stop the network; its data stays."""
    network = local_network.LocalNetwork.open(get_state_folder(context))
    with progress("Stopping the network"):
        network.stop()


@app.command()
def status(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Show each node: process, newest block and its age, peers, whether it seals, coin."""
    network = local_network.LocalNetwork.open(get_state_folder(context))
    _print_status(network, as_json=as_json)


@app.command()
def reset(
    context: typer.Context,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Stop the network and delete its chain, logs and deployments; other keys stay."""
    network = local_network.LocalNetwork.open(get_state_folder(context))
    if not yes:
        typer.confirm(f"Delete chain {network.chain_id} in {network.folder.root}?", abort=True, err=True)
    with progress("Deleting the network"):
        network.destroy()


@app.command()
def install(*, as_json: AsJson = False) -> None:
    """Get the node program, if it is not here yet, and say where it is."""
    with progress("Looking for a node program") as tell:
        program = finder.find_node_program(tell)
    if as_json:
        print_json({"program": str(program)})
    else:
        result_console.print(str(program), soft_wrap=True)


def _refuse_other_settings(
    network: local_network.LocalNetwork, signers: int | None, period: int | None
) -> None:
    there = (len(network.signers), network.period_seconds)
    wanted = (there[0] if signers is None else signers, there[1] if period is None else period)
    if wanted != there:
        raise ConflictError(
            f"The network in {network.folder.root} has {there[0]} signers and a period of {there[1]} s, "
            f"not {wanted[0]} and {wanted[1]} s.",
            remedy="Leave the options out to use it, or wipe it with `chainfaas chain reset`.",
        )


def _print_status(network: local_network.LocalNetwork, *, as_json: bool) -> None:
    now = network.status()
    if as_json:
        print_json(now.document())
    else:
        result_console.print(network_table(now))
