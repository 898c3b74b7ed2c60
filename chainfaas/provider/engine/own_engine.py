"""An engine of our own, for machines where none answers, with data and settings in the state folder."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from chainfaas.chain.node.file_lock import file_lock
from chainfaas.chain.node.founding import is_private_folder
from chainfaas.chain.node.ipc import MAX_SOCKET_PATH_BYTES
from chainfaas.chain.state_folder import PRIVATE_FOLDER_MODE, StateFolder
from chainfaas.provider.engine.find_engine import Engine, answers
from chainfaas.provider.engine.own_service import OwnService, find_program, locate_program
from chainfaas.provider.errors import EngineMissingError
from chainfaas.provider.sandbox.container_config import GVISOR_RUNTIME

_START_TIMEOUT_SECONDS = 60.0
_LONGEST_SOCKET_NAME = "exec/containerd/containerd-debug.sock.ttrpc"
_SOCKET_NAME = "engine.sock"


@dataclass(frozen=True, slots=True)
class OwnEngine:
    """A ``dockerd`` without a network: no bridge, no packet filter rules."""

    folder: StateFolder

    @property
    def _service(self) -> OwnService:
        return OwnService("dockerd", self.folder.run / "engine.json", self.folder.logs / "engine.log")

    @property
    def _data(self) -> Path:
        return self.folder.root / "engine"

    @property
    def _sockets_note(self) -> Path:
        return self.folder.run / "engine.sockets"

    def running(self) -> Engine | None:
        """Return the engine, if it runs and answers."""
        if self._service.running() is None or not self._sockets_note.exists():
            return None
        url = self._url(Path(self._sockets_note.read_text()))
        return Engine(url, is_ours=True) if answers(url) else None

    def start(self) -> Engine:
        """Start the engine, or find it running, and wait until it answers.

        Raises:
            EngineMissingError: dockerd is not installed, or this user may not start it.
            EngineFailedError: it does not come up.
        """
        self.folder.create()
        with file_lock(self.folder.run / "engine.lock"):
            running = self.running()
            if running is not None:
                return running
            self._service.stop()
            program = locate_program("dockerd", "docker.io")
            if os.geteuid() != 0:
                raise EngineMissingError("Only root can start a container engine.")
            sockets = self._socket_folder()
            url = self._url(sockets)
            deadline = time.monotonic() + _START_TIMEOUT_SECONDS
            self._service.start(
                [program, *self._arguments(sockets)],
                lambda: (sockets / _SOCKET_NAME).exists() and answers(url),
                deadline,
            )
            return Engine(url, is_ours=True)

    def stop(self) -> None:
        """Stop the engine with its containers, if it runs, and wait; images stay."""
        with file_lock(self.folder.run / "engine.lock"):
            self._service.stop()
            if self._sockets_note.exists():
                # Sockets and what runs; nothing of it outlives the engine.
                shutil.rmtree(self._sockets_note.read_text(), ignore_errors=True)
                self._sockets_note.unlink()

    def _arguments(self, sockets: Path) -> list[str]:
        self._data.mkdir(mode=PRIVATE_FOLDER_MODE, exist_ok=True)
        settings = self._data / "daemon.json"
        settings.write_text(json.dumps(_engine_settings()))
        return [
            f"--data-root={self._data / 'data'}",
            f"--exec-root={sockets / 'exec'}",
            f"--pidfile={self.folder.run / 'dockerd.pid'}",
            f"--config-file={settings}",
            f"--host=unix://{sockets / _SOCKET_NAME}",
            "--bridge=none",
            "--iptables=false",
            "--log-level=warn",
        ]

    def _socket_folder(self) -> Path:
        if self._sockets_note.exists():
            noted = Path(self._sockets_note.read_text())
            if is_private_folder(noted):
                return noted
        made = self.folder.run / "engine"
        if len(os.fsencode(made / _LONGEST_SOCKET_NAME)) <= MAX_SOCKET_PATH_BYTES:
            made.mkdir(mode=PRIVATE_FOLDER_MODE, exist_ok=True)
        else:
            # mkdtemp makes an unguessable name of mode 0700.
            made = Path(tempfile.mkdtemp(prefix="chainfaas-engine-"))
        self._sockets_note.write_text(str(made))
        return made

    @staticmethod
    def _url(sockets: Path) -> str:
        return f"unix://{sockets / _SOCKET_NAME}"


def _engine_settings() -> dict[str, object]:
    # The format is dockerd's daemon.json.
    gvisor = find_program(GVISOR_RUNTIME)
    if gvisor is None:
        return {}
    # No sandbox has a network, and older releases cannot tell on newer kernels whether it has one of its own.
    return {"runtimes": {GVISOR_RUNTIME: {"path": gvisor, "runtimeArgs": ["--network=none"]}}}
