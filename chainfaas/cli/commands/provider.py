"""`chainfaas provider`: the daemon that runs jobs and is paid for them."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chainfaas.cli.exit_codes import ExitCode
from chainfaas.cli.home_option import get_state_folder
from chainfaas.cli.lazy_module import lazy_module
from chainfaas.cli.output import print_json, progress, result_console
from chainfaas.cli.provider_commands.init import init
from chainfaas.cli.provider_commands.name_argument import ProviderName as Name
from chainfaas.cli.provider_commands.statement import statement
from chainfaas.cli.provider_commands.status import status
from chainfaas.cli.provider_commands.uninstall import uninstall
from chainfaas.cli.provider_commands.unit import unit
from chainfaas.cli.provider_commands.withdraw import withdraw
from chainfaas.cli.user_options import AsJson, RpcOption, WalletOption, open_chain, open_own_account
from chainfaas.domain.errors import ConfigurationError, ConflictError

if TYPE_CHECKING:
    from chainfaas.chain import deployments as deployments_files
    from chainfaas.chain import headers
    from chainfaas.chain.node import local_network, process
    from chainfaas.cli import doctor_report, own_tables, provider_tables
    from chainfaas.domain import amounts, identifiers, prices
    from chainfaas.observability import action_counts, logs
    from chainfaas.provider import sandbox_kit
    from chainfaas.provider import settings as provider_settings
    from chainfaas.provider.bootstrap import provider_folder, provider_status, run_doctor, run_provider
else:
    deployments_files = lazy_module("chainfaas.chain.deployments")
    headers = lazy_module("chainfaas.chain.headers")
    local_network = lazy_module("chainfaas.chain.node.local_network")
    process = lazy_module("chainfaas.chain.node.process")
    doctor_report = lazy_module("chainfaas.cli.doctor_report")
    own_tables = lazy_module("chainfaas.cli.own_tables")
    provider_tables = lazy_module("chainfaas.cli.provider_tables")
    amounts = lazy_module("chainfaas.domain.amounts")
    identifiers = lazy_module("chainfaas.domain.identifiers")
    prices = lazy_module("chainfaas.domain.prices")
    action_counts = lazy_module("chainfaas.observability.action_counts")
    logs = lazy_module("chainfaas.observability.logs")
    sandbox_kit = lazy_module("chainfaas.provider.sandbox_kit")
    provider_settings = lazy_module("chainfaas.provider.settings")
    provider_folder = lazy_module("chainfaas.provider.bootstrap.provider_folder")
    provider_status = lazy_module("chainfaas.provider.bootstrap.provider_status")
    run_doctor = lazy_module("chainfaas.provider.bootstrap.run_doctor")
    run_provider = lazy_module("chainfaas.provider.bootstrap.run_provider")

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="The daemon that runs jobs and is paid for them."
)

START_SECONDS = 60.0
LOOK_SECONDS = 0.1
STOP_MARGIN_SECONDS = 30.0
_PROGRAM = "from chainfaas.cli.main import main; main()"


app.command()(init)


@app.command()
def register(  # noqa: PLR0913 - options are what a command line has
    context: typer.Context,
    name: Name = "main",
    *,
    base_fee: Annotated[str, typer.Option(help="Tokens for each job.")] = "0.000001",
    price: Annotated[int, typer.Option(min=0, help="Base units for a MiB held for a millisecond.")] = 1_000,
    payout: Annotated[str | None, typer.Option(help="Where earnings go. Default: the wallet.")] = None,
    metadata: Annotated[str, typer.Option(help="What others may know of it; at most 1,024 bytes.")] = "{}",
    coin: Annotated[str, typer.Option(help="Coin that the operator gets for its claims.")] = "0.1",
    wallet: WalletOption = None,
    rpc: RpcOption = None,
    as_json: AsJson = False,
) -> None:
    """Register a provider by a transaction of its owner: the wallet, whose key the daemon never has."""
    folder = get_state_folder(context).providers / name
    known = provider_folder.read_config(folder).get("provider_id")
    if known is not None:
        raise ConflictError(f"The provider {name} is registered as {known} already.")
    operator = provider_folder.operator_of_folder(folder)
    offer = prices.Offer(amounts.base_fee(amounts.parse_tokens(base_fee)), amounts.price(price))
    with progress("Registering the provider"):
        owner = open_own_account(context, wallet, rpc)
        if (coin_wei := amounts.parse_tokens(coin)) > 0:
            owner.give_coin(operator, coin_wei)
        payee = owner.address if payout is None else identifiers.Address.parse(payout)
        sent = owner.send(owner.chain.contracts.providers.register(operator, payee, offer, metadata))
    number = identifiers.provider_id(sent.number("ProviderRegistered", "providerId"))
    provider_folder.set_provider_id(folder, number)
    own_tables.print_sent(sent, f"Provider {number} is registered", as_json=as_json, provider=number)


@app.command()
def offers(context: typer.Context, rpc: RpcOption = None, *, as_json: AsJson = False) -> None:
    """Show what each provider on the network asks."""
    registry = open_chain(context, rpc).contracts.providers
    numbers = [identifiers.ProviderId(number) for number in range(1, registry.provider_count() + 1)]
    found = {number: registry.offer_of(number).offer for number in numbers}
    if as_json:
        rows = [
            {"provider": number, "baseFee": str(offer.base_fee), "price": str(offer.price)}
            for number, offer in found.items()
        ]
        print_json({"offers": rows})
    else:
        result_console.print(provider_tables.offers_table(found))


@app.command()
def start(
    context: typer.Context,
    name: Name = "main",
    *,
    detach: Annotated[bool, typer.Option("--detach", help="Go on in the background.")] = False,
    as_json: AsJson = False,
) -> None:
    """Start a provider; settings come from its config.toml and CHAINFAAS_PROVIDER_... too."""
    home = get_state_folder(context)
    folder = home.providers / name
    settings = provider_settings.load_provider_settings(folder)
    if not detach:
        counts = action_counts.ActionCounts()
        logs.configure_logs(counts=counts)
        sandboxes = sandbox_kit.docker_sandboxes(home, os.environ)
        run_provider.run_provider(folder, settings, sandboxes, counts.counts)
        return
    home.create()
    log = home.logs / f"provider-{name}.log"
    words = [sys.executable, "-c", _PROGRAM, "--home", str(home.root), "provider", "start", name]
    with progress(f"Starting the provider {name}"):
        pid = _start_detached(folder, words, log)
    if as_json:
        print_json({"name": name, "provider": settings.provider_id, "pid": pid, "log": str(log)})
    else:
        result_console.print(f"The provider {name} runs as process {pid}; its log is {log}.", soft_wrap=True)


app.command()(status)
app.command()(statement)
app.command()(withdraw)
app.command()(unit)
app.command()(uninstall)


@app.command()
def drain(context: typer.Context, name: Name = "main") -> None:
    """Have a provider take no more jobs, finish those that it has, and stop."""
    folder = get_state_folder(context).providers / name
    settings = provider_settings.load_provider_settings(folder)
    running = provider_status.running_daemon(folder)
    if running is None:
        return
    with progress(f"Waiting for the jobs of {name}"):
        process.send_signal(running, signal.SIGTERM)
        if not process.wait_for_exit(running, settings.drain_seconds + STOP_MARGIN_SECONDS):
            process.terminate(running, STOP_MARGIN_SECONDS)


@app.command()
def doctor(  # noqa: PLR0913 - options are what a command line has
    context: typer.Context,
    name: Name = "main",
    *,
    attack: Annotated[list[str] | None, typer.Option(help="Only this attack; may be repeated.")] = None,
    runtime: Annotated[
        str,
        typer.Option(
            help="The engine's runtime: runc, or runsc for gVisor. Default: as configured, or runc."
        ),
    ] = "",
    docker_socket: Annotated[
        str, typer.Option(help="The engine's socket. Default: as configured, or one that answers.")
    ] = "",
    show: Annotated[bool, typer.Option("--list", help="List the attacks and run none.")] = False,
    without: Annotated[str, typer.Option("--break", hidden=True)] = "",
    as_json: AsJson = False,
) -> None:
    """Attack this machine's own sandboxes in every known way and say what held.

    Each attack runs in a container of its own. Nothing is left behind. No provider needs to be there; where
    one is, its sandboxes are tried as it is configured.
    """
    home = get_state_folder(context)
    asked = run_doctor.DoctorOrder(tuple(attack or ()), without, runtime, docker_socket)
    order = run_doctor.order_for(home.providers / name, asked)
    attacks = order.attacks()
    if show:
        doctor_report.print_attacks(attacks, as_json=as_json)
        return
    report = doctor_report.DoctorReport(len(attacks), order.runtime, as_json=as_json)
    with run_doctor.run_doctor(home, os.environ, order) as findings:
        for finding in findings:
            report.add(finding)
    report.finish()
    if not report.all_held:
        raise typer.Exit(ExitCode.INTERNAL)


def _start_detached(folder: Path, words: list[str], log: Path) -> int:
    if provider_status.running_daemon(folder) is not None:
        raise ConflictError(f"The provider in {folder} runs already.", remedy="Use it, or drain it first.")
    started = process.spawn(words, log, os.environ)
    deadline = time.monotonic() + START_SECONDS
    while provider_status.running_daemon(folder) != started:
        if not started.is_alive():
            raise ConfigurationError("The provider ended at once.", remedy=f"Read {log}.")
        if time.monotonic() > deadline:
            process.terminate(started, STOP_MARGIN_SECONDS)
            raise ConfigurationError("The provider does not come up.", remedy=f"Read {log}.")
        time.sleep(LOOK_SECONDS)
    return started.pid
