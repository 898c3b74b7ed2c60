"""Sandboxes in Docker containers."""

from __future__ import annotations

import itertools
import threading
import time
from dataclasses import dataclass

from docker import APIClient

from chainfaas.domain.canonical_json import JsonValue
from chainfaas.provider.errors import ImageMissingError, SandboxLostError
from chainfaas.provider.sandbox.channel import Channel, ChannelClosedError, ChannelTimeoutError
from chainfaas.provider.sandbox.container_config import SandboxKind, container_config
from chainfaas.provider.sandbox.containers import (
    ended_out_of_memory,
    engine_socket,
    list_strangers,
    read_container_limits,
    start_container,
    used_cpu_us,
    was_out_of_memory,
)
from chainfaas.provider.sandbox.conversation import await_ready
from chainfaas.provider.sandbox.docker_sandbox import DockerSandbox, PreparedContainer
from chainfaas.provider.sandbox.image_policy import AcceptedImage
from chainfaas.provider.sandbox.images import ImageStore
from chainfaas.provider.sandbox.ownership import Owner
from chainfaas.provider.sandbox.removal import Remover
from chainfaas.provider.sandbox.runtime import Sandbox, SandboxRequest


@dataclass(frozen=True, slots=True)
class PreparationTimes:
    """How long a sandbox may take before its call."""

    function_ms: int = 10_000
    """For the function to get ready; its call fails if it takes longer."""
    sandbox_seconds: float = 30.0
    """For everything; the sandbox is given up if it takes longer."""


_USUAL_TIMES = PreparationTimes()


class DockerRuntime:
    """Makes containers, and removes every one that it made."""

    def __init__(
        self,
        client: APIClient,
        images: ImageStore,
        owner: Owner,
        kind: SandboxKind,
        times: PreparationTimes = _USUAL_TIMES,
    ) -> None:
        """Touch no container yet.

        Args:
            client: The engine, reached by a socket of this machine.
            images: The images at hand.
            owner: Whose the containers are.
            kind: What they share.
            times: How long a sandbox may take before its call.

        Raises:
            EngineFailedError: the engine is not reached by a socket of this machine.
        """
        self._client = client
        self._socket = engine_socket(client)
        self._images = images
        self._owner = owner
        self._kind = kind
        self._times = times
        self._numbers = itertools.count(1)
        self._remover = Remover(client)
        self._lock = threading.Lock()
        self._live: dict[str, DockerSandbox] = {}
        self._closed = False

    def prepare(self, request: SandboxRequest) -> DockerSandbox:
        """Start a container for a version's calls and wait until it is ready for its input.

        Raises:
            ImageMissingError: the image is not on this machine.
            ImageRefusedError: the image is not one that this provider runs.
            SandboxLimitsError: the engine does not enforce the limits.
            EngineFailedError: the engine refused.
            SandboxLostError: the container did not get ready.
            SandboxProtocolError: process 1 answered nonsense.
        """
        image = self._images.find(request.manifest.image)
        number = next(self._numbers)
        name = self._owner.container_name(request.version, number)
        labels = self._owner.container_labels(request.version, number)
        config = self.configure(request, image, labels)
        try:
            sandbox = DockerSandbox(self._start(name, config, request))
        except BaseException as error:
            self._remover.submit(name)
            if isinstance(error, ImageMissingError):
                self._images.forget(request.manifest.image)
            raise
        with self._lock:
            if not self._closed:
                self._live[name] = sandbox
                return sandbox
        sandbox.discard()
        raise SandboxLostError(f"The sandbox {name} got ready after the last one was asked for.")

    def configure(
        self, request: SandboxRequest, image: AcceptedImage, labels: dict[str, str]
    ) -> dict[str, JsonValue]:
        """Return what the engine is asked for.

        Args:
            request: Which function the sandbox is for.
            image: Its image, checked.
            labels: Whose the container is.
        """
        return container_config(request, image, self._kind, labels)

    def _start(self, name: str, config: dict[str, JsonValue], request: SandboxRequest) -> PreparedContainer:
        deadline = time.monotonic() + self._times.sandbox_seconds
        channel = start_container(self._client, self._socket, name, config)
        try:
            # While the container boots the engine has time to answer.
            limits = read_container_limits(self._client, name, config, self._kind.init.sha256)
            self._await_ready(channel, name, request, deadline)
        except BaseException:
            channel.close()
            raise
        return PreparedContainer(
            name=name,
            mode=request.manifest.mode,
            channel=channel,
            limits=limits,
            was_out_of_memory=lambda: was_out_of_memory(self._client, name),
            ended_out_of_memory=lambda: ended_out_of_memory(self._client, name),
            used_cpu_us=lambda: used_cpu_us(self._client, name),
            remove=lambda: self._remover.submit(self._let_go(name)),
            remove_idle=lambda: self._remover.submit_idle(self._let_go(name), channel.close),
        )

    def _await_ready(self, channel: Channel, name: str, request: SandboxRequest, deadline: float) -> None:
        try:
            await_ready(channel, request.bundle, self._times.function_ms, deadline)
        except ChannelClosedError as error:
            # A program that is started ahead may take all memory, process 1 with it: its call will say so.
            if not ended_out_of_memory(self._client, name):
                raise SandboxLostError(f"The sandbox {name} did not get ready.") from error
        except ChannelTimeoutError as error:
            raise SandboxLostError(f"The sandbox {name} did not get ready.") from error

    def _let_go(self, name: str) -> str:
        with self._lock:
            self._live.pop(name, None)
        return name

    def release(self, request: SandboxRequest, sandbox: Sandbox) -> None:
        """Throw a sandbox away; returns at once."""
        del request
        sandbox.discard()

    def remove_strangers(self) -> int:
        """Remove what earlier starts of this provider's daemon left, and return how many containers it was.

        Raises:
            EngineFailedError: the engine did not say what there is.
        """
        strangers = list_strangers(self._client, self._owner)
        for name in strangers:
            self._remover.remove(name)
        return len(strangers)

    def close(self) -> None:
        """Discard every sandbox, also one that another thread prepares, and wait until they are gone."""
        with self._lock:
            self._closed = True
            left = list(self._live.values())
        for sandbox in left:
            sandbox.discard()
        self._remover.close()
