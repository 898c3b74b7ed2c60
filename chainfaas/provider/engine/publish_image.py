"""Building an image from a folder and pushing it to a registry, for its digest."""

from __future__ import annotations

import contextlib
import re
import tarfile
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO

from docker import APIClient
from docker.utils.build import exclude_paths

from chainfaas.domain.manifests import Image
from chainfaas.provider.errors import EngineFailedError
from chainfaas.provider.sandbox.engine_faults import engine_faults

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)


def publish_image(client: APIClient, context: Path, repository: str, arguments: Mapping[str, str]) -> Image:
    """Build the Dockerfile of a folder, without a network, push the image, and return it with its digest.

    Args:
        client: The engine.
        context: The folder.
        repository: Where it goes: registry and path, without a tag.
        arguments: Values of the Dockerfile's ``ARG`` lines.

    Raises:
        EngineFailedError: it could not be built or pushed.
    """
    build_image(client, context, repository, arguments)
    return push_image(client, repository)


def build_image(
    client: APIClient, context: Path, tag: str, arguments: Mapping[str, str], left_out: Iterable[str] = ()
) -> str:
    """Build the Dockerfile of a folder, without a network, and return the image's id.

    Files keep neither owner nor time, and everybody may read them, so that an image depends on what is in
    them alone, and a sandbox's user can use them.

    Args:
        client: The engine.
        context: The folder; what its .dockerignore names stays out.
        tag: What the image is called on the engine.
        arguments: Values of the Dockerfile's ``ARG`` lines.
        left_out: Further files that stay out, as in a .dockerignore.

    Raises:
        EngineFailedError: it could not be built.
    """
    action, number = f"build {context}", ""
    with engine_faults(action), _packed(context, left_out) as packed:
        steps = client.build(
            fileobj=packed,
            custom_context=True,
            tag=tag,
            buildargs=dict(arguments),
            network_mode="none",
            rm=True,
            forcerm=True,
            decode=True,
        )
        for step in steps:
            _refuse_failure(step, action)
            number = (step.get("aux") or {}).get("ID", number)
    return str(number)


@contextlib.contextmanager
def _packed(folder: Path, left_out: Iterable[str]) -> Iterator[IO[bytes]]:
    ignore = folder / ".dockerignore"
    lines = ignore.read_text(encoding="utf-8").splitlines() if ignore.exists() else []
    patterns = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    names = exclude_paths(str(folder), [*patterns, *left_out], dockerfile="Dockerfile")
    with tempfile.TemporaryFile() as file:
        with tarfile.open(fileobj=file, mode="w") as archive:
            for name in sorted(names - {""}):
                archive.add(folder / name, name, recursive=False, filter=_depersonalised)
        file.seek(0)
        yield file


def _depersonalised(member: tarfile.TarInfo) -> tarfile.TarInfo:
    is_program = member.isdir() or member.mode & 0o100
    member.mode = 0o755 if is_program else 0o644
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    return member


def push_image(client: APIClient, repository: str) -> Image:
    """Push an image that is at hand and return it with the digest that the registry gave it.

    Args:
        client: The engine.
        repository: Its name, which is where it goes.

    Raises:
        EngineFailedError: it could not be pushed.
    """
    digest = ""
    with engine_faults(f"push {repository}"):
        for step in client.push(repository, tag="latest", stream=True, decode=True):
            _refuse_failure(step, f"push {repository}")
            digest = (step.get("aux") or {}).get("Digest", digest)
    if not _DIGEST.fullmatch(digest):
        raise EngineFailedError(f"The registry gave {repository} no digest.")
    return Image(repository, digest)


def _refuse_failure(step: Mapping[str, object], action: str) -> None:
    if "error" in step:
        raise EngineFailedError(f"The engine could not {action}: {step['error']}")
