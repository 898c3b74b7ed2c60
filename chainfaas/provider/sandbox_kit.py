"""What jobs run in: Docker's sandboxes and images, out of the settings."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from chainfaas.provider.engine.find_engine import Engine, connect_engine
from chainfaas.provider.engine.provide_engine import provide_engine
from chainfaas.provider.sandbox.docker_runtime import DockerRuntime
from chainfaas.provider.sandbox.image_policy import ImagePolicy
from chainfaas.provider.sandbox.images import ImageStore
from chainfaas.provider.sandbox.oci_runtime import sandbox_kind
from chainfaas.provider.sandbox.ownership import Owner

if TYPE_CHECKING:
    from chainfaas.chain.deployments import Deployments
    from chainfaas.chain.state_folder import StateFolder
    from chainfaas.provider.pipeline.version_shelf import Images
    from chainfaas.provider.sandbox.runtime import SandboxRuntime
    from chainfaas.provider.settings import ProviderSettings

BOOT_BYTES = 8


@dataclass(frozen=True)
class SandboxKit:
    """What jobs run in."""

    runtime: SandboxRuntime
    images: Images


MakeSandboxes: TypeAlias = "Callable[[ProviderSettings, Deployments], SandboxKit]"
"""Makes a kit for one start of the daemon."""


def docker_sandboxes(home: StateFolder, environment: Mapping[str, str]) -> MakeSandboxes:
    """Return what makes sandboxes in Docker containers.

    Args:
        home: The state folder, where an engine of our own would be.
        environment: The process's environment variables; ``DOCKER_HOST`` names an engine.
    """

    def make(settings: ProviderSettings, deployments: Deployments) -> SandboxKit:
        engine = (
            Engine(f"unix://{settings.docker_socket}", is_ours=False)
            if settings.docker_socket
            else provide_engine(home, environment)
        )
        client = connect_engine(engine)
        images = ImageStore(client, ImagePolicy(repositories=settings.image_repositories))
        owner = Owner(deployments.genesis_hash, settings.own_id, secrets.token_hex(BOOT_BYTES))
        kind = sandbox_kind(client, settings.sandbox_runtime)
        return SandboxKit(DockerRuntime(client, images, owner, kind), images)

    return make
