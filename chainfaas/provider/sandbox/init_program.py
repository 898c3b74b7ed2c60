"""Process 1 of every sandbox, as this release ships it."""

from __future__ import annotations

import hashlib
import importlib.resources
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path

from chainfaas.domain.errors import ConfigurationError

ARCHITECTURES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
"""From the engine's or the system's names to those of OCI platforms."""

_HASHES = "SHA256SUMS"


@dataclass(frozen=True, slots=True)
class InitProgram:
    """The file that is mounted into every sandbox."""

    path: Path
    sha256: str
    """64 hex digits."""


def locate_init_program(architecture: str) -> InitProgram:
    """Return process 1 for a platform, checked against the hash that was shipped with it.

    Args:
        architecture: As the container engine calls it, such as ``x86_64``.

    Raises:
        ConfigurationError: there is none for it, or the file is damaged.
    """
    name = f"sandbox-init-linux-{ARCHITECTURES.get(architecture, architecture)}"
    folder = shipped_folder("sandbox-init")
    try:
        lines = folder.joinpath(_HASHES).read_text().splitlines()
        content = folder.joinpath(name).read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"There is no {name} in {folder}.", remedy="Use a machine with an amd64 or arm64 processor."
        ) from error
    sha256 = hashlib.sha256(content).hexdigest()
    if f"{sha256}  {name}" not in lines:
        raise ConfigurationError(f"{name} in {folder} is damaged.", remedy="Install ChainFaaS again.")
    return InitProgram(Path(str(folder / name)), sha256)


def shipped_folder(name: str) -> Traversable:
    """Return where programs lie that are built ahead for every platform.

    Args:
        name: Of the folder with their source.
    """
    package = importlib.resources.files("chainfaas")
    shipped = package / "shipped" / name
    if shipped.is_dir():
        return shipped
    # In a checkout the package lies beside the folder that a wheel takes it from.
    return Path(str(package)).parent / name / "dist"
