"""Which images this provider runs, decided from what the engine says of one (ImageInspect in its API)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from chainfaas.domain.limits import MIB
from chainfaas.domain.manifests import Image
from chainfaas.provider.errors import ImageRefusedError
from chainfaas.provider.sandbox.init_program import ARCHITECTURES

ImageDocument: TypeAlias = Mapping[str, Any]
"""The engine's own JSON, which has no narrower type."""

_KERNEL_FOLDERS = ("/proc", "/sys", "/dev")


@dataclass(frozen=True, slots=True)
class ImagePolicy:
    """The bounds of this provider."""

    max_bytes: int = 1_024 * MIB
    """Size of all layers, unpacked."""
    max_layers: int = 64
    repositories: tuple[str, ...] = ()
    """Registries, or repositories below which images are fetched; nothing is fetched from elsewhere."""

    def check_repository(self, image: Image) -> None:
        """Refuse to fetch from a place that is not allowed.

        Raises:
            ImageRefusedError: it is not below one of `repositories`.
        """
        if not any(_is_below(image.repository, allowed) for allowed in self.repositories):
            raise ImageRefusedError(
                f"Images from {image.repository} are not fetched here.",
                remedy="Publish in a registry that this provider allows.",
            )


@dataclass(frozen=True, slots=True)
class AcceptedImage:
    """An image that may be run, with what of its own settings is used."""

    id: str
    """The engine's content id of its configuration."""
    command: tuple[str, ...]
    """Entry point and arguments, for versions that name no command; may be empty."""
    working_folder: str


def accept_image(
    image: Image, document: ImageDocument, policy: ImagePolicy, engine_architecture: str
) -> AcceptedImage:
    """Check an image that is at hand.

    Args:
        image: What the manifest names.
        document: What the engine says of it.
        policy: The bounds.
        engine_architecture: As the engine calls its machine's.

    Raises:
        ImageRefusedError: another digest, too large, made for another platform, or with volumes.
    """
    config: Mapping[str, Any] = document.get("Config") or {}
    working_folder = config.get("WorkingDir") or "/"
    _refuse(
        image,
        (
            (image.digest not in _digests(document), "is here under another digest"),
            (document.get("Os") != "linux", "is not made for Linux"),
            (
                _platform(str(document.get("Architecture"))) != _platform(engine_architecture),
                f"is made for {document.get('Architecture')}, not for {_platform(engine_architecture)}",
            ),
            (int(document["Size"]) > policy.max_bytes, f"is larger than {policy.max_bytes} bytes"),
            (len(_layers(document)) > policy.max_layers, f"has more than {policy.max_layers} layers"),
            (bool(config.get("Volumes")), "declares volumes, which could be written without a bound"),
            (not _is_plain_folder(working_folder), "has a working folder that is not the image's own"),
        ),
    )
    command = (*(config.get("Entrypoint") or ()), *(config.get("Cmd") or ()))
    return AcceptedImage(str(document["Id"]), command, working_folder)


def _refuse(image: Image, reasons: Sequence[tuple[bool, str]]) -> None:
    for holds, reason in reasons:
        if holds:
            raise ImageRefusedError(f"The image {image.reference} {reason}.")


def _digests(document: ImageDocument) -> set[str]:
    # The id is the digest where the engine keeps images by their manifest.
    named = {str(name).rpartition("@")[2] for name in document.get("RepoDigests") or ()}
    return named | {str(document["Id"])}


def _layers(document: ImageDocument) -> Sequence[object]:
    layers: Sequence[object] = (document.get("RootFS") or {}).get("Layers") or ()
    return layers


def _platform(architecture: str) -> str:
    return ARCHITECTURES.get(architecture, architecture)


def _is_plain_folder(path: str) -> bool:
    parts = path.split("/")
    below_kernel = any(path == folder or path.startswith(f"{folder}/") for folder in _KERNEL_FOLDERS)
    return path.startswith("/") and ".." not in parts and not below_kernel


def _is_below(repository: str, allowed: str) -> bool:
    return repository == allowed or repository.startswith(f"{allowed.rstrip('/')}/")
