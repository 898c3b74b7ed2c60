"""`chainfaas controller`: the service that takes calls and finds providers for them."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

from chainfaas.cli.home_option import get_state_folder
from chainfaas.cli.lazy_module import lazy_module
from chainfaas.cli.output import print_json, progress, result_console
from chainfaas.domain.errors import ConfigurationError, ConflictError

if TYPE_CHECKING:
    import requests

    from chainfaas.chain.node import ports, process, waiting
    from chainfaas.controller import serve
    from chainfaas.controller import settings as controller_settings
    from chainfaas.controller.bootstrap import build_controller
    from chainfaas.observability import logs
else:
    requests = lazy_module("requests")
    ports = lazy_module("chainfaas.chain.node.ports")
    process = lazy_module("chainfaas.chain.node.process")
    waiting = lazy_module("chainfaas.chain.node.waiting")
    serve = lazy_module("chainfaas.controller.serve")
    controller_settings = lazy_module("chainfaas.controller.settings")
    build_controller = lazy_module("chainfaas.controller.bootstrap.build_controller")
    logs = lazy_module("chainfaas.observability.logs")

if TYPE_CHECKING:
    from pathlib import Path

    from chainfaas.chain.state_folder import StateFolder

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="The service that takes calls and finds providers for them.",
)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]

START_SECONDS = 90.0
STOP_SECONDS = 40.0
PORT_SECONDS = 3.0
LOOK_SECONDS = 0.1
_PROGRAM = "from chainfaas.cli.main import main; main()"


@app.command()
def start(
    context: typer.Context,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port. Default: 8080.")] = None,
    host: Annotated[str | None, typer.Option(help="Address. Default: 127.0.0.1.")] = None,
    *,
    detach: Annotated[bool, typer.Option("--detach", help="Go on in the background.")] = False,
    as_json: AsJson = False,
) -> None:
    """Start the controller; settings come from controller.toml and CHAINFAAS_CONTROLLER_... too."""
    folder = get_state_folder(context)
    settings = controller_settings.load_settings(folder.root, port=port, host=host)
    if not detach:
        logs.configure_logs()
        process.write_process(_record(folder), _own_identity())
        serve.ControllerServer(folder, settings).run()
        return
    _start_detached(folder, settings)
    if as_json:
        print_json({"url": settings.url})
    else:
        result_console.print(f"The controller serves {settings.url}", soft_wrap=True)


@app.command()
def status(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Say whether the controller runs, and what is wrong if it cannot do its work."""
    folder = get_state_folder(context)
    settings = controller_settings.load_settings(folder.root)
    running = _running(folder)
    faults = _faults(settings.local_url) if running else ["It does not run."]
    pid = running.pid if running else None
    if as_json:
        print_json({"running": running is not None, "pid": pid, "url": settings.url, "faults": faults})
    else:
        state = f"runs as process {pid}" if running else "does not run"
        result_console.print(f"The controller {state}: {settings.url}", soft_wrap=True)
        for fault in faults if running else []:
            result_console.print(f"[yellow]{fault}[/]", soft_wrap=True)
    if faults:
        raise typer.Exit(1)


@app.command()
def stop(context: typer.Context) -> None:
    """Stop the controller; calls that have not ended are taken up at the next start."""
    folder = get_state_folder(context)
    running = _running(folder)
    if running is not None:
        with progress("Stopping the controller"):
            process.terminate(running, STOP_SECONDS)
    _record(folder).unlink(missing_ok=True)


@app.command()
def rebuild(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Throw the read model away and read the chain anew, while the controller does not run."""
    folder = get_state_folder(context)
    settings = controller_settings.load_settings(folder.root)
    with progress("Reading the chain"):
        block = build_controller.rebuild_index(folder, settings)
    if as_json:
        print_json({"block": block})
    else:
        result_console.print(f"The read model stands at block {block}.")


def _record(folder: StateFolder) -> Path:
    return folder.run / "controller.json"


def _running(folder: StateFolder) -> process.ProcessIdentity | None:
    known = process.read_process(_record(folder))
    return known if known is not None and known.is_alive() else None


def _own_identity() -> process.ProcessIdentity:
    return process.ProcessIdentity(os.getpid(), process.read_start_time(os.getpid()) or "")


def _start_detached(folder: StateFolder, settings: controller_settings.ControllerSettings) -> None:
    if _running(folder) is not None:
        raise ConflictError(
            "A controller runs in this state folder already.", remedy="Use it, or stop it first."
        )
    _check_port(settings)
    folder.create()
    log = folder.logs / "controller.log"
    words = [sys.executable, "-c", _PROGRAM, "--home", str(folder.root), "controller", "start"]
    words += ["--port", str(settings.port), "--host", settings.host]
    with progress("Starting the controller"):
        started = process.spawn(words, log, os.environ)
        process.write_process(_record(folder), started)
        deadline = time.monotonic() + START_SECONDS
        while not _answers(settings.local_url):
            if time.monotonic() > deadline:
                raise ConfigurationError("The controller does not answer.", remedy=f"Read {log}.")
            if not started.is_alive():
                break
            time.sleep(LOOK_SECONDS)
        if not started.is_alive():
            raise ConfigurationError("The controller ended at once.", remedy=f"Read {log}.")


def _check_port(settings: controller_settings.ControllerSettings) -> None:
    # Whoever listens there may well answer like a controller. One of ours that just ended takes a moment.
    host, port = settings.host, settings.port
    if not waiting.wait_until(lambda: not ports.is_taken(host, port), time.monotonic() + PORT_SECONDS):
        raise ConflictError(
            f"The controller cannot listen on {host} at port {port}: another program does.",
            remedy="End that program, or choose another port with --port or in controller.toml.",
        )


def _answers(url: str) -> bool:
    try:
        return bool(requests.get(f"{url}/healthz", timeout=2).ok)
    except requests.RequestException:
        return False


def _faults(url: str) -> list[str]:
    try:
        return [str(each) for each in requests.get(f"{url}/readyz", timeout=5).json()["faults"]]
    except (requests.RequestException, ValueError, KeyError) as fault:
        return [f"It does not answer: {fault}"]
