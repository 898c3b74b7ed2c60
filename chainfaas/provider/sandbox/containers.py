"""What is asked of the engine about one container, with its faults turned into ours."""

from __future__ import annotations

import contextlib
from pathlib import Path

from docker import APIClient
from docker.errors import ImageNotFound, NotFound

from chainfaas.domain.canonical_json import JsonValue
from chainfaas.provider.errors import EngineFailedError, ImageMissingError
from chainfaas.provider.sandbox.attach import attach
from chainfaas.provider.sandbox.channel import Channel
from chainfaas.provider.sandbox.engine_faults import ENGINE_FAULTS, engine_faults
from chainfaas.provider.sandbox.ownership import BOOT_LABEL, Owner
from chainfaas.provider.sandbox.read_limits import read_limits, requested_limits
from chainfaas.provider.sandbox.runtime import LimitsInForce

_NS_PER_US = 1_000
_END_SEEN_SECONDS = 2
"""How long after its last process a container may be taken for running."""


def engine_socket(client: APIClient) -> Path:
    """Return the socket that a client reaches its engine by.

    Args:
        client: The engine.

    Raises:
        EngineFailedError: it is no socket of this machine, on which alone process 1 can be mounted.
    """
    adapter = client.get_adapter(client.base_url)
    path = getattr(adapter, "socket_path", None)
    if path is None:
        raise EngineFailedError(
            f"The engine at {client.base_url} is not reached by a socket of this machine."
        )
    return Path(path)


def start_container(
    client: APIClient, engine_socket: Path, name: str, config: dict[str, JsonValue]
) -> Channel:
    """Make a container, connect to it, and start it, in this order, so that nothing it says is missed.

    Args:
        client: The engine.
        engine_socket: The engine's socket, on this machine.
        name: The container's name.
        config: The body of ContainerCreate.

    Raises:
        ImageMissingError: its image is not on this machine any more.
        EngineFailedError: the engine refused.
    """
    with engine_faults(f"start {name}"):
        try:
            client.create_container_from_config(config, name)  # type: ignore[no-untyped-call]
        except ImageNotFound as error:
            raise ImageMissingError(f"The image of {name} is not on this machine any more.") from error
        channel = Channel(attach(engine_socket, name))
        try:
            client.start(name)
        except BaseException:
            channel.close()
            raise
        return channel


def read_container_limits(
    client: APIClient, name: str, config: dict[str, JsonValue], init_sha256: str
) -> LimitsInForce:
    """Return the limits that the engine says are in force.

    Args:
        client: The engine.
        name: The container's name.
        config: The body that it was made with.
        init_sha256: Hash of process 1.

    Raises:
        SandboxLimitsError: they are not what was asked for.
        EngineFailedError: the engine does not say.
    """
    with engine_faults(f"inspect {name}"):
        inspected = client.inspect_container(name)
    return read_limits(inspected, requested_limits(config, init_sha256), init_sha256)


def was_out_of_memory(client: APIClient, name: str) -> bool:
    """Say whether the kernel killed in a container for memory; one that is gone was not.

    Args:
        client: The engine.
        name: The container's name.

    Raises:
        EngineFailedError: the engine does not say.
    """
    with engine_faults(f"inspect {name}"):
        try:
            return bool(client.inspect_container(name)["State"]["OOMKilled"])
        except NotFound:
            return False


def ended_out_of_memory(client: APIClient, name: str) -> bool:
    """Say the same of a container whose process 1 is gone, once the engine has seen that too.

    Args:
        client: The engine.
        name: The container's name.

    Raises:
        EngineFailedError: the engine does not say.
    """
    with contextlib.suppress(*ENGINE_FAULTS):
        client.wait(name, timeout=_END_SEEN_SECONDS)
    return was_out_of_memory(client, name)


def used_cpu_us(client: APIClient, name: str) -> int:
    """Return the processor time that a container has used so far; 0 of one that is gone.

    Args:
        client: The engine.
        name: The container's name.

    Raises:
        EngineFailedError: the engine does not say.
    """
    with engine_faults(f"measure {name}"):
        try:
            measured = client.stats(name, stream=False, one_shot=True)
        except NotFound:
            return 0
    return int(measured["cpu_stats"]["cpu_usage"]["total_usage"]) // _NS_PER_US


def list_strangers(client: APIClient, owner: Owner) -> list[str]:
    """Return the containers that earlier starts of this provider's daemon left.

    Args:
        client: The engine.
        owner: This start.

    Raises:
        EngineFailedError: the engine does not say.
    """
    ours = [f"{label}={value}" for label, value in owner.provider_labels.items()]
    with engine_faults("list containers"):
        found = client.containers(all=True, filters={"label": ours})
    return [str(one["Id"]) for one in found if one["Labels"].get(BOOT_LABEL) != owner.boot]
