"""The parts of a local system that are services: engine, registry, controller."""

from __future__ import annotations

import os
import time
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests
import tomli_w

from chainfaas.chain.node.ports import LOOPBACK, choose_ports
from chainfaas.chain.node.process import read_process
from chainfaas.chain.node.waiting import wait_until
from chainfaas.cli.local_system.own_command import run_own_command
from chainfaas.cli.local_system.treasury import FAUCET
from chainfaas.domain.errors import ConfigurationError
from chainfaas.provider.engine.own_engine import OwnEngine
from chainfaas.provider.engine.own_registry import OwnRegistry
from chainfaas.provider.engine.provide_engine import provide_engine

if TYPE_CHECKING:
    from chainfaas.chain.state_folder import StateFolder
    from chainfaas.provider.engine.find_engine import Engine

CONTROLLER_PORT = 8080
CONTROLLER_CONFIG = "controller.toml"
_CONTROLLER_RECORD = "controller.json"
_ASK_SECONDS = 2.0
_ENDING_SECONDS = 3.0
"""How long a process takes to be gone at most once it was killed."""


@dataclass(frozen=True, slots=True)
class PartState:
    """One part at one moment.

    Attributes:
        name: What it is.
        running: Whether it runs and answers.
        where: Its address, or its process.
        note: What else is worth saying.
    """

    name: str
    running: bool
    where: str
    note: str = ""


def start_engine(folder: StateFolder) -> Engine:
    """Find a container engine that answers, or start one of our own.

    Args:
        folder: The state folder, which holds our own one's data.

    Raises:
        ChainFaaSError: None answers and ours cannot be started; says what to install.
    """
    return provide_engine(folder, os.environ)


def start_registry(folder: StateFolder) -> str:
    """Start the image registry, or find it running, and return its host and port.

    Args:
        folder: The state folder.

    Raises:
        ChainFaaSError: It is not installed, or does not come up.
    """
    return OwnRegistry(folder).start()


def stop_engine_and_registry(folder: StateFolder) -> None:
    """Stop what of the two is ours and runs.

    Args:
        folder: The state folder.
    """
    OwnRegistry(folder).stop()
    OwnEngine(folder).stop()


def start_controller(folder: StateFolder, *, has_faucet: bool) -> str:
    """Start the controller, or find it running, and return its URL.

    Its settings file is made once and can be edited afterwards. Only its port is chosen anew where
    something else has taken it by then.

    Args:
        folder: The state folder.
        has_faucet: Whether it hands out coin and tokens.

    Raises:
        ChainFaaSError: It does not come up.
    """
    config = folder.root / CONTROLLER_CONFIG
    if is_controller_running(folder):
        return _controller_url(_read_config(config))
    values = _read_config(config) if config.exists() else _first_config(folder, has_faucet=has_faucet)
    wanted = int(values.get("port", CONTROLLER_PORT))
    if read_process(folder.run / _CONTROLLER_RECORD) is not None:
        # It was not stopped in order: what is left of it may hold the port for a moment more.
        wait_until(lambda: choose_ports([wanted]) == [wanted], time.monotonic() + _ENDING_SECONDS)
    free = choose_ports([wanted])[0]
    if free != wanted or not config.exists():
        values["port"] = free
        config.write_text(tomli_w.dumps(values), encoding="utf-8")
    run_own_command(folder, "controller", "start", "--detach", "--json")
    return _controller_url(values)


def stop_controller(folder: StateFolder) -> None:
    """Stop the controller, if it runs.

    Args:
        folder: The state folder.

    Raises:
        PartFailedError: It does not stop.
    """
    if is_controller_running(folder):
        run_own_command(folder, "controller", "stop")


def is_controller_running(folder: StateFolder) -> bool:
    """Say whether the controller's process is there.

    Args:
        folder: The state folder.
    """
    process = read_process(folder.run / _CONTROLLER_RECORD)
    return process is not None and process.is_alive()


def read_service_states(folder: StateFolder, controller: str, registry: str) -> list[PartState]:
    """Return what engine, registry and controller are doing.

    Args:
        folder: The state folder.
        controller: The controller's URL.
        registry: Host and port of the registry.
    """
    own = OwnEngine(folder).running()
    faults = _controller_faults(controller)
    engine = "our own" if own is not None else "the machine's, if one answers"
    return [
        PartState("engine", own is not None, "" if own is None else own.url, engine),
        PartState("registry", _answers(f"http://{registry}/v2/"), registry),
        PartState("controller", faults is not None, controller, " ".join(faults or [])),
    ]


def _first_config(folder: StateFolder, *, has_faucet: bool) -> dict[str, Any]:
    values: dict[str, Any] = {"port": CONTROLLER_PORT}
    if has_faucet:
        values["faucet_keystore"] = str(folder.keys / f"{FAUCET}.json")
        values["faucet_keystore_password"] = str(folder.keys / f"{FAUCET}.password")
    return values


def _read_config(config: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(config.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise ConfigurationError(f"{config} cannot be read: {fault}.") from fault


def _controller_url(values: Mapping[str, Any]) -> str:
    host, port = values.get("host", LOOPBACK), values.get("port", CONTROLLER_PORT)
    return str(values.get("public_url") or f"http://{host}:{port}").rstrip("/")


def _controller_faults(url: str) -> list[str] | None:
    try:
        answer = requests.get(f"{url}/readyz", timeout=_ASK_SECONDS)
        return [str(each) for each in answer.json().get("faults", [])]
    except (requests.RequestException, ValueError, AttributeError):
        return None


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=_ASK_SECONDS).ok
    except requests.RequestException:
        return False
