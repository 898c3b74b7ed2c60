"""Real containers for the sandbox tests."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from chainfaas.domain.encodings import bytes32
from chainfaas.domain.identifiers import ProviderId, VersionId
from chainfaas.domain.manifests import Manifest, Mode, Warm
from chainfaas.provider.sandbox.container_config import SandboxKind, load_seccomp_profile
from chainfaas.provider.sandbox.docker_runtime import DockerRuntime
from chainfaas.provider.sandbox.image_policy import ImagePolicy
from chainfaas.provider.sandbox.images import ImageStore
from chainfaas.provider.sandbox.init_program import locate_init_program
from chainfaas.provider.sandbox.ownership import Owner
from chainfaas.provider.sandbox.runtime import SandboxRequest
from tests.container_engine import ContainerWorld, container_world

NewRuntime = Callable[[Owner], DockerRuntime]
NewRequest = Callable[..., SandboxRequest]


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ContainerWorld]:
    with container_world(tmp_path_factory.mktemp("c")) as made:
        yield made


@pytest.fixture(scope="session")
def images(world: ContainerWorld) -> ImageStore:
    return ImageStore(world.client, ImagePolicy(repositories=(world.registry,)))


@pytest.fixture
def owner() -> Owner:
    """An owner that nothing else on this machine has: its network is drawn for the test."""
    return Owner(bytes32(secrets.token_bytes(32)), ProviderId(7), secrets.token_hex(4))


@pytest.fixture
def new_runtime(world: ContainerWorld, images: ImageStore) -> Iterator[NewRuntime]:
    made: list[DockerRuntime] = []

    def make(owner: Owner) -> DockerRuntime:
        kind = SandboxKind(locate_init_program(images.architecture), load_seccomp_profile())
        made.append(DockerRuntime(world.client, images, owner, kind))
        return made[-1]

    yield make
    for runtime in made:
        runtime.close()


@pytest.fixture
def runtime(new_runtime: NewRuntime, owner: Owner) -> DockerRuntime:
    return new_runtime(owner)


@pytest.fixture
def request_for(world: ContainerWorld) -> NewRequest:
    """What is asked of a sandbox that runs a command in the Python image."""
    usual = Manifest(
        world.python,
        "text/plain",
        Mode.ONESHOT,
        Warm(prestart=True, reuse=False),
        (("GREETING", "hi"),),
        6 << 20,
    )

    def make(*command: str, memory_mib: int = 64, bundle: bytes = b"", **changes: object) -> SandboxRequest:
        manifest = replace(usual, command=command, **changes)  # type: ignore[arg-type]
        return SandboxRequest(VersionId(3), manifest, memory_mib, bundle)

    return make


def containers_of(world: ContainerWorld, owner: Owner) -> list[str]:
    """The containers with an owner's network label, running or not."""
    label = f"chainfaas.network=0x{owner.genesis_hash.hex()}"
    return [str(one["Id"]) for one in world.client.containers(all=True, filters={"label": label})]
