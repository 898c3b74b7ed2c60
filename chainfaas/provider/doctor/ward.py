"""What the doctor works in: its own images and containers, and things of the host's to be looked for."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import tempfile
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from docker import APIClient
from docker.errors import DockerException

from chainfaas.domain.encodings import bytes32, format_hex
from chainfaas.domain.identifiers import ProviderId, VersionId
from chainfaas.domain.manifests import Image, Manifest, Warm
from chainfaas.provider.doctor.attack import Attack, AttackClass, ImageKind
from chainfaas.provider.doctor.attack_program import load_attack_program
from chainfaas.provider.doctor.flags import Flag
from chainfaas.provider.doctor.hostile_images import make_hostile_images, strict_policy
from chainfaas.provider.doctor.hostile_registry import HostileRegistry
from chainfaas.provider.doctor.weakened import WeakenedImages, WeakenedRuntime, weaken_policy
from chainfaas.provider.errors import EngineFailedError, ImageMissingError
from chainfaas.provider.sandbox.container_config import SandboxKind
from chainfaas.provider.sandbox.containers import engine_socket
from chainfaas.provider.sandbox.docker_runtime import DockerRuntime, PreparationTimes
from chainfaas.provider.sandbox.docker_sandbox import DockerSandbox
from chainfaas.provider.sandbox.images import ImageStore
from chainfaas.provider.sandbox.init_program import ARCHITECTURES
from chainfaas.provider.sandbox.ownership import NETWORK_LABEL, Owner
from chainfaas.provider.sandbox.runtime import Call, SandboxRequest

OUTPUT_MAX_BYTES = 1 << 20
LOG_MAX_BYTES = 64 * 1_024
_NEIGHBOUR_MS = 600_000
_READY_MS = 1_500
"""How long a program that is started ahead may take; some attacks never get ready."""
_NAMESPACES = ("ipc", "mnt", "net", "pid", "uts")

NEIGHBOUR = Attack(
    id="neighbour",
    kind=AttackClass.OTHER_JOBS,
    tries="nothing: it is another job, with things to be found, and runs the whole time",
    command=("stand-by", "{neighbour}"),
    limit="",
    cpu_milli=100,
)


@dataclass(frozen=True, slots=True)
class Ward:
    """One run's surroundings."""

    client: APIClient
    owner: Owner
    runtime: DockerRuntime
    images: ImageStore
    registry: HostileRegistry
    knowledge: Mapping[str, str]
    """What attackers know of the machine, by the names that their commands use."""

    def image(self, kind: ImageKind) -> Image:
        """Return the image of a kind as a manifest names it."""
        return self.registry.image(kind.value)

    def request(self, attack: Attack) -> SandboxRequest:
        """Return what a sandbox for an attack is asked for."""
        manifest = Manifest(
            image=self.image(attack.image),
            content_type="application/octet-stream",
            mode=attack.mode,
            warm=Warm(prestart=attack.prestarted, reuse=False),
            environment=(),
            output_limit_bytes=OUTPUT_MAX_BYTES,
            command=tuple(word.format_map(self.knowledge) for word in attack.arguments),
        )
        return SandboxRequest(VersionId(1), manifest, attack.memory_mib, cpu_milli=attack.cpu_milli)


@contextlib.contextmanager
def open_ward(client: APIClient, kind: SandboxKind, without: Flag | None = None) -> Iterator[Ward]:
    """Set everything up, and leave nothing behind: no container, no image, no file.

    Args:
        client: The engine.
        kind: What the daemon's sandboxes share.
        without: A flag that the sandboxes are made without.

    Raises:
        ConfigurationError: the attack program is not there for this processor.
        EngineFailedError: the engine is not reached by a socket of this machine, or not on its loopback.
    """
    architecture = str(client.info()["Architecture"])
    program = load_attack_program(architecture)
    served = make_hostile_images(program, ARCHITECTURES.get(architecture, architecture))
    owner = Owner(bytes32(secrets.token_bytes(32)), ProviderId(1), secrets.token_hex(8))
    with contextlib.ExitStack() as stack:
        registry = HostileRegistry(served)
        stack.callback(registry.close)
        secret = stack.enter_context(_host_secret())
        shared = stack.enter_context(_host_shared_file())
        dial_port = stack.enter_context(_free_port())
        policy = weaken_policy(strict_policy(registry.address), without)
        images = WeakenedImages(client, policy, without)
        stack.callback(_remove_images, client, [registry.image(each.value) for each in ImageKind])
        stack.callback(_remove_containers, client, owner)
        runtime = WeakenedRuntime(client, images, owner, kind, PreparationTimes(function_ms=_READY_MS))
        runtime.drop(without, str(secret.parent))
        stack.callback(runtime.close)
        knowledge = {
            "secret": str(secret),
            "shared_file": shared.name,
            "engine_socket": str(engine_socket(client)),
            "host_address": registry.address.partition(":")[0],
            "host_port": str(registry.port),
            "dial_port": str(dial_port),
            "host_name": socket.gethostname(),
            "neighbour": f"chainfaas-{secrets.token_hex(8)}",
            **{f"namespace_{name}": str(Path(f"/proc/self/ns/{name}").readlink()) for name in _NAMESPACES},
        }
        ward = Ward(client, owner, runtime, images, registry, knowledge)
        stack.enter_context(_neighbour(ward))
        yield ward


@contextlib.contextmanager
def _host_secret() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix=f"chainfaas-doctor-{os.getpid()}-") as folder:
        # Open to everybody on the host, so that only the sandbox keeps a job from it.
        Path(folder).chmod(0o755)
        secret = Path(folder) / "secret"
        secret.write_text("of the host's\n")
        secret.chmod(0o644)
        yield secret


@contextlib.contextmanager
def _host_shared_file() -> Iterator[Path]:
    shared = Path("/dev/shm") / f"chainfaas-doctor-{os.getpid()}-{secrets.token_hex(8)}"
    try:
        shared.touch()
        yield shared
    finally:
        shared.unlink(missing_ok=True)


@contextlib.contextmanager
def _free_port() -> Iterator[int]:
    # Bound and not listening: a connection is refused unless a job that shares the network listens.
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        yield int(held.getsockname()[1])


@contextlib.contextmanager
def _neighbour(ward: Ward) -> Iterator[None]:
    request = ward.request(NEIGHBOUR)
    try:
        ward.images.fetch(request.manifest.image)
    except ImageMissingError as error:
        raise EngineFailedError(
            f"The engine cannot fetch the images of the attacks: {error.message}",
            remedy="Use an engine that shares this machine's loopback, as one that runs as root does.",
        ) from error
    sandbox = ward.runtime.prepare(request)
    call = Call(b"", _NEIGHBOUR_MS, OUTPUT_MAX_BYTES, LOG_MAX_BYTES)
    running = threading.Thread(target=_run_quietly, args=(sandbox, call), name="neighbour", daemon=True)
    running.start()
    try:
        yield
    finally:
        sandbox.cancel()
        running.join()
        sandbox.discard()


def _run_quietly(sandbox: DockerSandbox, call: Call) -> None:
    with contextlib.suppress(Exception):
        sandbox.run(call)


def _remove_containers(client: APIClient, owner: Owner) -> None:
    label = f"{NETWORK_LABEL}={format_hex(owner.genesis_hash)}"
    for container in client.containers(all=True, filters={"label": label}):
        with contextlib.suppress(DockerException):
            client.remove_container(container["Id"], v=True, force=True)


def _remove_images(client: APIClient, images: list[Image]) -> None:
    for image in images:
        with contextlib.suppress(DockerException):
            client.remove_image(image.reference, force=True)
