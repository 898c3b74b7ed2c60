"""The program that attacks from inside, as this release ships it: packed, with the hash of what is inside."""

from __future__ import annotations

import gzip
import hashlib

from chainfaas.domain.errors import ConfigurationError
from chainfaas.provider.sandbox.init_program import ARCHITECTURES, shipped_folder

_HASHES = "SHA256SUMS"


def load_attack_program(architecture: str) -> bytes:
    """Return the attack program for a platform, an ELF file.

    Args:
        architecture: As the container engine calls it, such as ``x86_64``.

    Raises:
        ConfigurationError: there is none for it, or the file is damaged.
    """
    name = f"attack-linux-{ARCHITECTURES.get(architecture, architecture)}"
    folder = shipped_folder("sandbox-attacks")
    try:
        lines = folder.joinpath(_HASHES).read_text().splitlines()
        packed = folder.joinpath(f"{name}.gz").read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"There is no {name} in {folder}.", remedy="Use a machine with an amd64 or arm64 processor."
        ) from error
    try:
        content = gzip.decompress(packed)
    except (OSError, EOFError) as error:
        raise ConfigurationError(
            f"{name} in {folder} is damaged.", remedy="Install ChainFaaS again."
        ) from error
    if f"{hashlib.sha256(content).hexdigest()}  {name}" not in lines:
        raise ConfigurationError(f"{name} in {folder} is damaged.", remedy="Install ChainFaaS again.")
    return content
