"""`chainfaas deploy`: the contracts on the local network."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from chainfaas.cli.deployments_table import deployments_table
from chainfaas.cli.home_option import get_state_folder
from chainfaas.cli.lazy_module import lazy_module
from chainfaas.cli.output import print_json, progress, result_console
from chainfaas.cli.user_options import COMMAND_LOG_LEVEL

if TYPE_CHECKING:
    from chainfaas.chain import deployment_local
    from chainfaas.chain.node import local_network
    from chainfaas.observability import logs
else:
    deployment_local = lazy_module("chainfaas.chain.deployment_local")
    local_network = lazy_module("chainfaas.chain.node.local_network")
    logs = lazy_module("chainfaas.observability.logs")

app = typer.Typer(add_completion=False)


class PresetName(StrEnum):
    """The names of `chainfaas.chain.deployment_local.Preset`, which help must not load."""

    DEV = "dev"
    DEFAULT = "default"


@app.command()
def deploy(
    context: typer.Context,
    controllers: Annotated[
        int | None,
        typer.Option(min=1, max=64, help="Number of controllers. Default: 1, run by the first peer."),
    ] = None,
    preset: Annotated[
        PresetName | None,
        typer.Option(help="Windows: dev is short, and its tokens are free. Default: dev."),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Deploy the contracts on the running local network, or check those that are there.

    A deployment that was stopped goes on where it was; a second one changes nothing.
    """
    logs.configure_logs(COMMAND_LOG_LEVEL)
    network = local_network.LocalNetwork.open(get_state_folder(context))
    chosen = None if preset is None else deployment_local.Preset(preset.value)
    with progress("Deploying the contracts") as tell:
        settings = deployment_local.LocalSettings(controllers, chosen)
        deployments = deployment_local.deploy_local(network, settings, tell)
    if as_json:
        print_json(deployments.document())
    else:
        result_console.print(deployments_table(deployments))
