"""A whole system whose parts can be killed, and are started again by what `chainfaas up` starts them with."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import pytest
import requests
from docker import APIClient

from chainfaas.chain.node.local_network import LocalNetwork
from chainfaas.chain.node.process import ProcessIdentity, read_process, read_start_time, send_signal
from chainfaas.chain.node.waiting import wait_until
from chainfaas.chain.state_folder import StateFolder
from chainfaas.cli.local_system import provider_parts, service_parts
from chainfaas.cli.local_system.local_system import LocalSystem
from chainfaas.cli.local_system.provider_parts import PROVIDERS
from chainfaas.cli.local_system.system_file import SystemDescription
from chainfaas.client.controller_client import ControllerClient
from chainfaas.client.errors import ControllerUnreachableError
from chainfaas.domain.encodings import format_hex
from chainfaas.provider.bootstrap.provider_status import running_daemon
from chainfaas.provider.engine.find_engine import Engine, connect_engine
from chainfaas.provider.engine.own_engine import OwnEngine
from chainfaas.provider.sandbox.ownership import NETWORK_LABEL

PATIENCE_SECONDS = 90.0
SETTINGS = {
    # What a killed provider held is given to another soon, and short functions take either way to the chain.
    "CHAINFAAS_CONTROLLER_LEASE_SECONDS": "3",
    "CHAINFAAS_CONTROLLER_FAST_TIMEOUT_MS": "4000",
}
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
        return Victim.CONTROLLER.value if self in _OF_CONTROLLER else self.value


_OF_CONTROLLER = (Victim.CONTROLLER, Victim.FIRST, Victim.WORKER)


@dataclass(frozen=True)
class KillableSystem:
    """Network, controller and two providers in a state folder, with an engine that `down` leaves alone."""

    folder: StateFolder
    described: SystemDescription
    engine: APIClient

    @property
    def local(self) -> LocalSystem:
        """What `up` and `down` work with."""
        return LocalSystem(self.folder)

    def kill(self, victim: Victim) -> None:
        """Kill at once, and return when the system has nothing of it any more."""
        doomed = self._processes(victim)
        for process in doomed[:1] if victim is Victim.FIRST else doomed:
            send_signal(process, signal.SIGKILL)
        wait_for(lambda: not any(process.is_alive() for process in doomed), f"{victim} to be gone", self)

    def start_again(self, victim: Victim) -> None:
        """Start what was killed, unless it does so itself, and return when it does its work again."""
        since = time.monotonic()
        if victim in (Victim.CONTROLLER, Victim.FIRST):
            service_parts.start_controller(self.folder, has_faucet=True)
        if victim in _OF_CONTROLLER:
            wait_for(self._is_ready, "the controller to be ready", self)
            return
        provider = next(each for each in PROVIDERS if each.name == victim)
        number = PROVIDERS.index(provider) + 1
        provider_parts.start_provider(self.folder, provider)
        wait_for(lambda: self._was_heard(number, since), f"{victim} to poll", self)

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

    def _processes(self, victim: Victim) -> list[ProcessIdentity]:
        if victim in (Victim.ALPHA, Victim.BETA):
            daemon = running_daemon(provider_parts.provider_folder(self.folder, victim.value))
            assert daemon is not None, self.logs()
            return [daemon]
        first = read_process(self.folder.run / "controller.json")
        assert first is not None, self.logs()
        assert first.is_alive(), self.logs()
        workers = children_of(first.pid)
        return workers if victim is Victim.WORKER else [first, *workers]

    def _is_ready(self) -> bool:
        try:
            return requests.get(f"{self.described.controller}/readyz", timeout=2).ok
        except requests.RequestException:
            return False

    def _was_heard(self, number: int, since: float) -> bool:
        try:
            shown = ControllerClient(self.described.controller).providers()
        except ControllerUnreachableError:
            return False  # it was killed in between, and is being started again
        [silent] = [each["silentSeconds"] for each in shown if each["providerId"] == number]
        return silent is not None and time.monotonic() - float(str(silent)) > since


def children_of(pid: int) -> list[ProcessIdentity]:
    """The processes that a process has started itself and that have not ended."""
    words = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
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
        yield KillableSystem(folder, LocalSystem(folder).start(lambda _: None), client)
