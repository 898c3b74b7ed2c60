"""Building an image from a folder and pushing it to a registry, for its digest."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from docker import APIClient

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
    with engine_faults(f"build {context}"):
        steps = client.build(
            path=str(context),
            tag=repository,
            buildargs=dict(arguments),
            network_mode="none",
            rm=True,
            forcerm=True,
            decode=True,
        )
        for step in steps:
            _refuse_failure(step, f"build {context}")
    return push_image(client, repository)


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
