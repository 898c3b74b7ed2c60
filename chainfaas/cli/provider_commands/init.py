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
    from collections.abc import Mapping

    from chainfaas.chain import deployments as deployments_files
    from chainfaas.chain import headers
    from chainfaas.chain.node import local_network
    from chainfaas.chain.state_folder import StateFolder
    from chainfaas.cli import onboarding_report
    from chainfaas.cli.local_system import system_file
    from chainfaas.cli.local_system.system_file import SystemDescription
    from chainfaas.cli.provider_commands import market_checks
    from chainfaas.observability import logs
    from chainfaas.provider.bootstrap import network_facts, provider_folder, readiness
    from chainfaas.provider.bootstrap.readiness import ReadinessCheck
else:
    deployments_files = lazy_module("chainfaas.chain.deployments")
    headers = lazy_module("chainfaas.chain.headers")
    local_network = lazy_module("chainfaas.chain.node.local_network")
    system_file = lazy_module("chainfaas.cli.local_system.system_file")
    market_checks = lazy_module("chainfaas.cli.provider_commands.market_checks")
    onboarding_report = lazy_module("chainfaas.cli.onboarding_report")
    logs = lazy_module("chainfaas.observability.logs")
    network_facts = lazy_module("chainfaas.provider.bootstrap.network_facts")
    provider_folder = lazy_module("chainfaas.provider.bootstrap.provider_folder")
    readiness = lazy_module("chainfaas.provider.bootstrap.readiness")


def init(  # noqa: PLR0913 - options are what a command line has
    context: typer.Context,
    name: ProviderName = "main",
    *,
    controller: Annotated[
        list[str] | None,
        typer.Option(help="Base URL of a controller; may be repeated. Default: the local system's."),
    ] = None,
    node: Annotated[int, typer.Option(min=1, help="Node of the local network to read and send by.")] = 1,
    rpc: Annotated[str | None, typer.Option(help="Node of another network: URL or socket.")] = None,
    deployments: Annotated[Path | None, typer.Option(help="Where that network's contracts are.")] = None,
    registry: Annotated[
        list[str] | None,
        typer.Option(help="Registry or repository that images may come from. Default: the local system's."),
    ] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="Jobs at once.")] = None,
    memory_mib: Annotated[int | None, typer.Option(min=32, help="Memory for all jobs, in MiB.")] = None,
    keystore: Annotated[Path | None, typer.Option(help="Hot key to use; default: a new one.")] = None,
    password_file: Annotated[Path | None, typer.Option(help="Password of that keystore.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a provider: its hot key and its config.toml, which can be edited.

    Then this machine, the node, controllers and registries are looked at: what is missing is said, with the
    remedy, and what others ask, with a proposal. The hot key settles and declines. Money goes where the
    owner, who registers the provider, says.
    """
    logs.configure_logs(COMMAND_LOG_LEVEL)
    home = get_state_folder(context)
    system = system_file.read_system(home) if rpc is None else None
    controllers, registries = _market(system, controller, registry)
    settings: dict[str, object] = {
        "controllers": controllers,
        **_network(home, node, rpc, deployments),
        "image_repositories": registries,
        "jobs": jobs,
        "memory_mib": memory_mib,
    }
    folder = home.providers / name
    operator = provider_folder.make_provider_folder(folder, settings, _imported(keystore, password_file))
    checks = readiness.check_readiness(home, os.environ, settings)
    checks += _market_checks(settings, controllers, registries, system)
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


def _market(
    system: SystemDescription | None, controllers: list[str] | None, registries: list[str] | None
) -> tuple[list[str], list[str]]:
    if not controllers and system is None:
        raise InvalidInputError(
            "There is no local system whose controller could be meant.", remedy="Name one with --controller."
        )
    if system is None:
        return controllers or [], registries or []
    return controllers or [system.controller], registries or [system.registry]


def _market_checks(
    settings: Mapping[str, object],
    controllers: list[str],
    registries: list[str],
    system: SystemDescription | None,
) -> list[ReadinessCheck]:
    chain_id = deployments_files.read_deployments(Path(str(settings["deployments"]))).chain_id
    local_registry = None if system is None else system.registry
    found = [market_checks.check_controller(url, chain_id) for url in controllers]
    found += [market_checks.check_registry(each, local_registry) for each in registries]
    return found if registries else [*found, market_checks.no_registry()]


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
