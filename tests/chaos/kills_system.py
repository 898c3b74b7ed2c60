"""A whole system whose parts can be killed, and are started again by what `chainfaas up` starts them with."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path

import pytest
import requests
from docker import APIClient

from chainfaas.chain.node.local_network import LocalNetwork
from chainfaas.chain.node.process import (
    ProcessIdentity,
    read_process,
    read_start_time,
    send_signal,
    spawn,
)
from chainfaas.chain.node.waiting import wait_until
from chainfaas.chain.state_folder import StateFolder
from chainfaas.cli.local_system.local_system import LocalSystem
from chainfaas.cli.local_system.provider_parts import PROVIDERS
from chainfaas.cli.local_system.system_file import SystemDescription
from chainfaas.client.controller_client import ControllerClient
from chainfaas.client.errors import ControllerUnreachableError
from chainfaas.domain.encodings import format_hex
from chainfaas.domain.manifests import Image
from chainfaas.provider.bootstrap.run_provider import PROCESS_FILE_NAME
from chainfaas.provider.engine.base_image import provide_base_image
from chainfaas.provider.engine.find_engine import Engine, connect_engine
from chainfaas.provider.engine.own_engine import OwnEngine
from chainfaas.provider.engine.own_registry import OwnRegistry
from chainfaas.provider.engine.publish_image import publish_image
from chainfaas.provider.sandbox.ownership import NETWORK_LABEL
from tools.example_functions import FOLDER

PATIENCE_SECONDS = 90.0
SETTINGS = {
    # What a killed provider held is given to another soon, and short functions take either way to the chain.
    "CHAINFAAS_CONTROLLER_LEASE_SECONDS": "3",
    "CHAINFAAS_CONTROLLER_FAST_TIMEOUT_MS": "4000",
    # What nobody ran expires while the test looks on.
    "CHAINFAAS_CONTROLLER_SLACK_SECONDS": "8",
    "CHAINFAAS_CONTROLLER_OPEN_AGE_SECONDS": "1",
}
PROGRAM = "from chainfaas.cli.main import main; main()"
LOG_CHARACTERS = 3_000


class Victim(StrEnum):
    """Whom a SIGKILL hits."""

    CONTROLLER = "controller"
    """All of it at once."""
    FIRST = "first"
    """The controller's first process, without which the one that serves ends too."""
    WORKER = "worker"
    """The process that serves, which the controller's first process starts again by itself."""
    ALPHA = "alpha"
    BETA = "beta"

    @property
    def part(self) -> str:
        """The part that is down afterwards."""
        return CONTROLLER if self in (Victim.CONTROLLER, Victim.FIRST, Victim.WORKER) else self.value


CONTROLLER = Victim.CONTROLLER.value


@dataclass(frozen=True)
class KillableSystem:
    """Network, controller and two providers in a state folder, with an engine that `down` leaves alone."""

    folder: StateFolder
    described: SystemDescription
    engine: APIClient
    kit: Image
    """What Python functions run in."""
    running: dict[str, ProcessIdentity]
    """The latest process of each part."""

    @property
    def local(self) -> LocalSystem:
        """What `up` and `down` work with."""
        return LocalSystem(self.folder)

    def kill(self, victim: Victim) -> None:
        """Kill at once, also what is still starting, and return when nothing of it is there any more."""
        first = self.running[victim.part]
        if victim is Victim.WORKER:
            wait_for(lambda: bool(children_of(first.pid)), "the controller to have a worker", self)
        doomed = [first, *children_of(first.pid)]
        for process in {Victim.FIRST: doomed[:1], Victim.WORKER: doomed[1:]}.get(victim, doomed):
            send_signal(process, signal.SIGKILL)
        gone = doomed[1:] if victim is Victim.WORKER else doomed
        wait_for(lambda: not any(process.is_alive() for process in gone), f"{victim} to be gone", self)

    def start_again(self, part: str) -> None:
        """Start a part that was killed, as whoever supervises processes would; returns at once."""
        words = ("controller", "start") if part == CONTROLLER else ("provider", "start", part)
        program = (sys.executable, "-c", PROGRAM, "--home", str(self.folder.root), *words)
        log = self.folder.logs / f"{part if part == CONTROLLER else f'provider-{part}'}.log"
        self.running[part] = spawn(program, log, os.environ)

    def wait_for_work(self, part: str) -> None:
        """Wait until a part does its work again, or has been killed once more."""
        since, process = time.monotonic(), self.running[part]
        works = self._is_ready if part == CONTROLLER else partial(self._was_heard, part, since)
        wait_for(lambda: works() or not process.is_alive(), f"{part} to do its work", self)

    def containers(self) -> list[str]:
        """The containers of this network, running or not."""
        label = f"{NETWORK_LABEL}={format_hex(self._genesis_hash)}"
        return [str(each["Id"]) for each in self.engine.containers(all=True, filters={"label": label})]

    def logs(self) -> str:
        """The end of what each part wrote."""
        ends = [
            f"== {file.name}\n{file.read_text(errors='replace')[-LOG_CHARACTERS:]}"
            for file in sorted(self.folder.logs.glob("*.log"))
            if not file.name.startswith(("node", "registry"))
        ]
        return "\n".join(ends)

    @property
    def _genesis_hash(self) -> bytes:
        return bytes.fromhex(LocalNetwork.open(self.folder).genesis_hash.removeprefix("0x"))

    def _is_ready(self) -> bool:
        try:
            return requests.get(f"{self.described.controller}/readyz", timeout=2).ok
        except requests.RequestException:
            return False

    def _was_heard(self, part: str, since: float) -> bool:
        number = [each.name for each in PROVIDERS].index(part) + 1
        try:
            shown = ControllerClient(self.described.controller).providers()
        except ControllerUnreachableError:
            return False  # it was killed in between, and is being started again
        [silent] = [each["silentSeconds"] for each in shown if each["providerId"] == number]
        return silent is not None and time.monotonic() - float(str(silent)) > since


def children_of(pid: int) -> list[ProcessIdentity]:
    """The processes that a process has started itself and that have not ended."""
    try:
        words = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []  # it has just ended
    found = [(int(word), read_start_time(int(word))) for word in words]
    return [ProcessIdentity(child, started) for child, started in found if started is not None]


def processes_naming(folder: Path) -> list[str]:
    """The command lines of all running processes that name a folder."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            words = (place / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue  # it has just ended
        if any(str(folder) in word for word in words) and int(place.name) != os.getpid():
            found.append(" ".join(words))
    return found


def wait_for(holds: Callable[[], bool], what: str, system: KillableSystem) -> None:
    """Wait until something holds; if it never does, show what the parts wrote."""
    came = wait_until(holds, time.monotonic() + PATIENCE_SECONDS)
    assert came, f"Waited in vain for {what}.\n{system.logs()}"


@contextmanager
def own_engine(root: Path) -> Iterator[Engine]:
    """An engine of our own, so that no other's containers come and go beside ours."""
    engine = OwnEngine(StateFolder(root))
    try:
        yield engine.start()
    finally:
        engine.stop()


@contextmanager
def killable_system(root: Path, engine_root: Path) -> Iterator[KillableSystem]:
    """Start everything in a new state folder, a block a second; stop it again at the end."""
    folder = StateFolder(root)
    with ExitStack() as stack:
        environment = stack.enter_context(pytest.MonkeyPatch.context())
        engine = stack.enter_context(own_engine(engine_root))
        environment.setenv("DOCKER_HOST", engine.url)
        for name, value in SETTINGS.items():
            environment.setenv(name, value)
        client = connect_engine(engine)
        stack.callback(client.close)
        LocalNetwork.create(folder, signers=3, period_seconds=1)
        stack.callback(LocalSystem(folder).stop, lambda _: None)
        with ThreadPoolExecutor() as pool:
            kit = pool.submit(publish_kit, client, OwnRegistry(folder).start())
            described = LocalSystem(folder).start(lambda _: None)
        yield KillableSystem(folder, described, client, kit.result(), first_processes(folder))


def publish_kit(client: APIClient, registry: str) -> Image:
    """Build the image for Python functions, and bring it to a registry."""
    base = {"BASE": provide_base_image(client, os.environ)}
    return publish_image(client, FOLDER / "python_kit", f"{registry}/python-kit", base)


def first_processes(folder: StateFolder) -> dict[str, ProcessIdentity]:
    """The processes that `up` has started, by the names of their parts."""
    records = {each.name: folder.providers / each.name / PROCESS_FILE_NAME for each in PROVIDERS}
    found = {name: read_process(record) for name, record in records.items()}
    found[CONTROLLER] = read_process(folder.run / "controller.json")
    return {name: process for name, process in found.items() if process is not None}
