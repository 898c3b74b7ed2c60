"""Where functions are built and tried: the images and the sandboxes of a provider, without a chain."""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainfaas.domain.encodings import bytes32
from chainfaas.domain.identifiers import ProviderId, VersionId
from chainfaas.domain.manifests import Image
from chainfaas.provider.bootstrap.lent_engine import ended_by_signal, lent_engine
from chainfaas.provider.engine.base_choice import choose_base, provide_image
from chainfaas.provider.engine.own_registry import OwnRegistry
from chainfaas.provider.engine.publish_image import build_image, push_image
from chainfaas.provider.sandbox.container_config import DEFAULT_RUNTIME
from chainfaas.provider.sandbox.docker_runtime import DockerRuntime
from chainfaas.provider.sandbox.engine_faults import engine_faults
from chainfaas.provider.sandbox.image_policy import AcceptedImage, ImagePolicy, accept_image
from chainfaas.provider.sandbox.images import ImageStore
from chainfaas.provider.sandbox.oci_runtime import sandbox_kind
from chainfaas.provider.sandbox.ownership import Owner
from chainfaas.provider.sandbox.runtime import Call, CallResult, SandboxRequest

if TYPE_CHECKING:
    from pathlib import Path

    from docker import APIClient

    from chainfaas.chain.state_folder import StateFolder
    from chainfaas.domain.manifests import Manifest

_LOCAL = "chainfaas-function"


@dataclass(frozen=True, slots=True)
class BuildOrder:
    """What an image is built from."""

    name: str
    """The function's."""
    folder: Path
    """It has a Dockerfile."""
    usual_base: str
    """The value of the Dockerfile's ``ARG BASE``; empty for a Dockerfile without one."""
    base: str = ""
    """The base that was asked for; the usual one if empty, or else one that is made here."""
    packages: tuple[str, ...] = ()
    """Debian's packages of a base that is made here."""
    left_out: tuple[str, ...] = ()
    """Files that are no part of the image, besides what the .dockerignore names."""


@dataclass(frozen=True, slots=True)
class BuiltImage:
    """An image with what it was built from."""

    image: Image
    base: str
    """Empty for nothing."""
    size_bytes: int
    """Of all layers, unpacked."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A call to be tried."""

    manifest: Manifest
    memory_mib: int
    timeout_ms: int
    content: bytes
    """The input."""
    bundle: bytes = b""
    runtime: str = DEFAULT_RUNTIME
    """The engine's OCI runtime."""


@dataclass(frozen=True, slots=True)
class TrialResult:
    """How a tried call ended."""

    result: CallResult
    start_us: int
    """From asking for the sandbox until it waited for its input; nobody is charged for it."""


class Workbench:
    """An engine to build and try functions with."""

    def __init__(self, client: APIClient, home: StateFolder, environment: Mapping[str, str]) -> None:
        """Do nothing yet.

        Args:
            client: The engine.
            home: The state folder, where a registry of our own would be.
            environment: The process's environment variables.
        """
        self._client = client
        self._home = home
        self._environment = environment

    def build(self, order: BuildOrder, say: Callable[[str], None]) -> BuiltImage:
        """Build an image that stays on this machine, named by its id, and check that providers would run it.

        Args:
            order: What from.
            say: Takes a line about what goes on.

        Raises:
            ImageMissingError: The base that was asked for cannot be fetched.
            ImageRefusedError: It is not one that providers run.
            EngineMissingError: A base has to be made here, and something for it is not installed.
            EngineFailedError: It could not be built.
        """
        return self._build(order, f"{_LOCAL}/{order.name}", say)

    def publish(self, order: BuildOrder, registry: str, say: Callable[[str], None]) -> BuiltImage:
        """Build an image and push it, for its digest.

        Args:
            order: What from.
            registry: Where it goes: host, and path if need be; the state folder's own registry if empty.
            say: Takes a line about what goes on.

        Raises:
            ChainFaaSError: As `build`; or it could not be pushed.
        """
        with self._registry(registry) as place:
            repository = f"{place}/{order.name}"
            built = self._build(order, repository, say)
            say(f"Pushing {repository}")
            return BuiltImage(push_image(self._client, repository), built.base, built.size_bytes)

    def run(self, trial: Trial) -> TrialResult:
        """Run one call in the sandbox that a provider would run it in.

        Args:
            trial: The call; its image was built here, or can be fetched.

        Raises:
            ImageMissingError: The image cannot be fetched.
            ImageRefusedError: Providers do not run it.
            EngineMissingError: The engine does not know the runtime.
            EngineFailedError: The engine refused.
            SandboxLostError: The sandbox did not get ready.
        """
        image = trial.manifest.image
        images = _WorkbenchImages(self._client, ImagePolicy(repositories=(image.repository,)))
        images.fetch(image)
        owner = Owner(bytes32(secrets.token_bytes(32)), ProviderId(1), secrets.token_hex(8))
        runtime = DockerRuntime(self._client, images, owner, sandbox_kind(self._client, trial.runtime))
        with contextlib.closing(runtime):
            asked_ns = time.monotonic_ns()
            sandbox = runtime.prepare(
                SandboxRequest(VersionId(1), trial.manifest, trial.memory_mib, trial.bundle)
            )
            start_us = (time.monotonic_ns() - asked_ns) // 1_000
            call = Call(trial.content, trial.timeout_ms, trial.manifest.output_limit_bytes)
            return TrialResult(sandbox.run(call), start_us)

    def _build(self, order: BuildOrder, tag: str, say: Callable[[str], None]) -> BuiltImage:
        base = self._base(order, say)
        arguments = {"BASE": base} if base else {}
        say(f"Building {order.name}")
        number = build_image(self._client, order.folder, tag, arguments, order.left_out)
        image = Image(f"{_LOCAL}/{order.name}", number)
        with engine_faults(f"inspect {tag}"):
            document = self._client.inspect_image(number)  # type: ignore[no-untyped-call]
            architecture = str(self._client.info()["Architecture"])
        accept_image(image, document, ImagePolicy(), architecture)
        return BuiltImage(image, base, int(document["Size"]))

    def _base(self, order: BuildOrder, say: Callable[[str], None]) -> str:
        if not order.usual_base:
            return ""
        if order.base:
            provide_image(self._client, order.base)
            return order.base
        return choose_base(self._client, self._environment, order.usual_base, order.packages, say)

    @contextlib.contextmanager
    def _registry(self, named: str) -> Iterator[str]:
        own = OwnRegistry(self._home)
        if named and named != own.address():
            yield named
            return
        was_running = own.is_running
        place = own.start()
        try:
            yield place
        finally:
            if not was_running:
                own.stop()


class _WorkbenchImages(ImageStore):
    """Finds images that were built here by their ids, and others as a provider does."""

    def find(self, image: Image) -> AcceptedImage:
        if not image.repository.startswith(f"{_LOCAL}/"):
            return super().find(image)
        with engine_faults(f"inspect {image.digest}"):
            document = self._client.inspect_image(image.digest)  # type: ignore[no-untyped-call]
        return accept_image(image, document, self._policy, self._architecture)


@contextlib.contextmanager
def open_workbench(home: StateFolder, environment: Mapping[str, str]) -> Iterator[Workbench]:
    """Lend a workbench on an engine that answers, or on our own, which then runs for the block alone.

    Args:
        home: The state folder, where an engine and a registry of our own would be.
        environment: The process's environment variables; ``DOCKER_HOST`` names an engine.

    Raises:
        EngineMissingError: No engine answers and none can be started; says what to install.
        EngineFailedError: Ours does not come up.
    """
    with ended_by_signal(), lent_engine(home, environment) as client:
        yield Workbench(client, home, environment)
