"""Finding a container engine that answers here; it is used, and never changed, restarted or stopped."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from docker import APIClient
from docker.errors import DockerException

from chainfaas.provider.errors import EngineMissingError

USUAL_SOCKET = Path("/var/run/docker.sock")
_PING_TIMEOUT_SECONDS = 5
_TIMEOUT_SECONDS = 60
_UNIX = "unix://"


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine that answers."""

    url: str
    """``unix://`` and the path of its socket."""
    is_ours: bool
    """Whether this installation started it, and stops it."""


def find_engine(environment: Mapping[str, str]) -> Engine | None:
    """Return the engine of this machine, if one answers.

    Args:
        environment: The process's environment variables; ``DOCKER_HOST`` names an engine.

    Raises:
        EngineMissingError: ``DOCKER_HOST`` names one that does not answer, or no socket of this machine.
    """
    named = environment.get("DOCKER_HOST", "")
    if named:
        return _named_engine(named)
    places = [USUAL_SOCKET]
    if runtime := environment.get("XDG_RUNTIME_DIR", ""):
        places.append(Path(runtime) / "docker.sock")
    for place in places:
        if place.exists() and answers(url := f"{_UNIX}{place}"):
            return Engine(url, is_ours=False)
    return None


def _named_engine(url: str) -> Engine:
    if not url.startswith(_UNIX):
        raise EngineMissingError(
            f"DOCKER_HOST is {url}, but a sandbox mounts a file of this machine.",
            remedy="Name an engine of this machine by its unix:// socket, or unset DOCKER_HOST.",
        )
    if not answers(url):
        raise EngineMissingError(
            f"DOCKER_HOST is {url}, and no engine answers there.", remedy="Start it, or unset DOCKER_HOST."
        )
    return Engine(url, is_ours=False)


def answers(url: str) -> bool:
    """Say whether an engine answers.

    Args:
        url: ``unix://`` and the path of its socket.
    """
    if not _accepts(url):
        return False
    try:
        client = APIClient(url, version="auto", timeout=_PING_TIMEOUT_SECONDS)
    except DockerException:
        return False
    client.close()
    return True


def _accepts(url: str) -> bool:
    # The client leaves its socket open where nobody listens.
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(_PING_TIMEOUT_SECONDS)
        try:
            connection.connect(url.removeprefix(_UNIX))
        except OSError:
            return False
        return True


def connect_engine(engine: Engine) -> APIClient:
    """Return a client of an engine; several threads may use it.

    Raises:
        EngineMissingError: it does not answer any more.
    """
    if not _accepts(engine.url):
        raise EngineMissingError(f"Nothing listens at {engine.url}.")
    try:
        return APIClient(engine.url, version="auto", timeout=_TIMEOUT_SECONDS)
    except DockerException as error:
        raise EngineMissingError(f"The engine at {engine.url} does not answer: {error}.") from error
