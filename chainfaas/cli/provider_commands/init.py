"""`chainfaas provider init`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chainfaas.cli.home_option import get_state_folder
from chainfaas.cli.lazy_module import lazy_module
from chainfaas.cli.output import print_json, result_console
from chainfaas.cli.provider_commands.name_argument import ProviderName
from chainfaas.cli.user_options import COMMAND_LOG_LEVEL, AsJson
from chainfaas.domain.errors import ChainFaaSError, InvalidInputError

if TYPE_CHECKING:
    from chainfaas.chain import deployments as deployments_files
    from chainfaas.chain import headers
    from chainfaas.chain.node import local_network
    from chainfaas.chain.state_folder import StateFolder
    from chainfaas.cli import onboarding_report
    from chainfaas.observability import logs
    from chainfaas.provider.bootstrap import network_facts, provider_folder, readiness
else:
    deployments_files = lazy_module("chainfaas.chain.deployments")
    headers = lazy_module("chainfaas.chain.headers")
    local_network = lazy_module("chainfaas.chain.node.local_network")
    onboarding_report = lazy_module("chainfaas.cli.onboarding_report")
    logs = lazy_module("chainfaas.observability.logs")
    network_facts = lazy_module("chainfaas.provider.bootstrap.network_facts")
    provider_folder = lazy_module("chainfaas.provider.bootstrap.provider_folder")
    readiness = lazy_module("chainfaas.provider.bootstrap.readiness")


def init(  # noqa: PLR0913 - options are what a command line has
    context: typer.Context,
    name: ProviderName = "main",
    *,
    controller: Annotated[list[str], typer.Option(help="Base URL of a controller; may be repeated.")],
    node: Annotated[int, typer.Option(min=1, help="Node of the local network to read and send by.")] = 1,
    rpc: Annotated[str | None, typer.Option(help="Node of another network: URL or socket.")] = None,
    deployments: Annotated[Path | None, typer.Option(help="Where that network's contracts are.")] = None,
    registry: Annotated[
        list[str] | None, typer.Option(help="Registry or repository that images may come from.")
    ] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="Jobs at once.")] = None,
    memory_mib: Annotated[int | None, typer.Option(min=32, help="Memory for all jobs, in MiB.")] = None,
    keystore: Annotated[Path | None, typer.Option(help="Hot key to use; default: a new one.")] = None,
    password_file: Annotated[Path | None, typer.Option(help="Password of that keystore.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a provider: its hot key and its config.toml, which can be edited.

    Then this machine and the node are looked at: what is missing is said, with the remedy, and what others
    ask, with a proposal. The hot key settles and declines. Money goes where the owner, who registers the
    provider, says.
    """
    logs.configure_logs(COMMAND_LOG_LEVEL)
    home = get_state_folder(context)
    settings: dict[str, object] = {
        "controllers": controller,
        **_network(home, node, rpc, deployments),
        "image_repositories": registry or [],
        "jobs": jobs,
        "memory_mib": memory_mib,
    }
    folder = home.providers / name
    operator = provider_folder.make_provider_folder(folder, settings, _imported(keystore, password_file))
    checks = readiness.check_readiness(home, os.environ, settings)
    proposal, fault = None, ""
    try:
        proposal = network_facts.read_proposal(str(settings["rpc"]), Path(str(settings["deployments"])))
    except ChainFaaSError as silent:
        fault = silent.message
    report = onboarding_report.OnboardingReport(name, folder, operator, tuple(checks), proposal, fault)
    if as_json:
        print_json(report.document())
        return
    for line in report.lines():
        result_console.print(line, soft_wrap=True)


def _network(home: StateFolder, node: int, rpc: str | None, deployments: Path | None) -> dict[str, object]:
    if (rpc is None) != (deployments is None):
        raise InvalidInputError("A node of another network and its deployments are given together.")
    if rpc is not None and deployments is not None:
        return network_facts.learn_network(rpc, deployments.resolve())
    network = local_network.LocalNetwork.open(home)
    return {
        "rpc": str(network.socket_path(node)),
        "deployments": str(deployments_files.deployments_path(home, network.chain_id)),
        "block_period_seconds": float(network.period_seconds),
        "finality_blocks": headers.finality_depth(len(network.signers)),
    }


def _imported(keystore: Path | None, password_file: Path | None) -> provider_folder.ImportedKey | None:
    if keystore is None and password_file is None:
        return None
    if keystore is None or password_file is None:
        raise InvalidInputError("A keystore and its password file are given together.")
    return provider_folder.ImportedKey(keystore, password_file)
