"""A registry of our own on loopback: images get digests, and are fetched by them without the internet."""

from __future__ import annotations

import http.client
import json
import time
from dataclasses import dataclass
from pathlib import Path

from chainfaas.chain.node.file_lock import file_lock
from chainfaas.chain.node.ports import LOOPBACK, choose_ports
from chainfaas.chain.state_folder import PRIVATE_FOLDER_MODE, StateFolder
from chainfaas.provider.engine.own_service import OwnService, locate_program

FIRST_PORT = 30_460
_START_TIMEOUT_SECONDS = 30.0
_ANSWER_TIMEOUT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class OwnRegistry:
    """Debian's ``docker-registry`` with its images in the state folder."""

    folder: StateFolder

    @property
    def _service(self) -> OwnService:
        return OwnService(
            "docker-registry", self.folder.run / "registry.json", self.folder.logs / "registry.log"
        )

    @property
    def _data(self) -> Path:
        return self.folder.root / "registry"

    @property
    def is_running(self) -> bool:
        """Whether it runs."""
        return self._service.running() is not None

    def address(self) -> str:
        """Return host and port, which stay the same for the life of the state folder."""
        note = self._data / "port"
        if not note.exists():
            self._data.mkdir(mode=PRIVATE_FOLDER_MODE, parents=True, exist_ok=True)
            note.write_text(f"{choose_ports([FIRST_PORT])[0]}\n")
        return f"{LOOPBACK}:{int(note.read_text())}"

    def start(self) -> str:
        """Start the registry, or find it running, wait until it answers, and return host and port.

        Raises:
            EngineMissingError: docker-registry is not installed.
            EngineFailedError: it does not come up.
        """
        self.folder.create()
        with file_lock(self.folder.run / "registry.lock"):
            address = self.address()
            if self._service.running() is None:
                program = locate_program("docker-registry", "docker-registry")
                self._service.start(
                    [program, "serve", str(self._settings(address))],
                    lambda: _answers(address),
                    time.monotonic() + _START_TIMEOUT_SECONDS,
                )
            return address

    def stop(self) -> None:
        """Stop the registry and wait; its images stay. Nothing happens where it does not run."""
        with file_lock(self.folder.run / "registry.lock"):
            self._service.stop()

    def _settings(self, address: str) -> Path:
        # JSON is YAML as well, and quotes what needs quoting.
        settings = self._data / "config.yml"
        document = {
            "version": "0.1",
            "log": {"level": "warn", "accesslog": {"disabled": True}},
            "storage": {"filesystem": {"rootdirectory": str(self._data / "images")}},
            "http": {"addr": address},
        }
        settings.write_text(json.dumps(document))
        return settings


def _answers(address: str) -> bool:
    connection = http.client.HTTPConnection(address, timeout=_ANSWER_TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/v2/")
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()
