"""The node program from its official archive, if the archive's hash is pinned."""

from __future__ import annotations

import hashlib
import shutil
import tarfile
import urllib.error
import urllib.request
from pathlib import Path
from typing import BinaryIO

from chainfaas.chain.node.release import Archive

_CONNECT_TIMEOUT_SECONDS = 15.0
_MAX_ARCHIVE_BYTES = 200 * 2**20
_CHUNK_BYTES = 2**20


def download_program(archive: Archive, target: Path) -> None:
    """Fetch an archive, check it, and take the node program out of it.

    Args:
        archive: The archive, with the hash that it must have.
        target: Where the program goes.

    Raises:
        OSError: It cannot be fetched, or not written.
        ValueError: Its hash is another one, or the program is not in it.
    """
    packed = target.with_suffix(".tar.gz")
    try:
        with (
            urllib.request.urlopen(archive.url, timeout=_CONNECT_TIMEOUT_SECONDS) as source,  # noqa: S310 - https
            packed.open("wb") as file,
        ):
            digest = _copy_bounded(source, file)
        if digest != archive.sha256:
            raise ValueError(f"{archive.url} has sha256 {digest}, not the pinned {archive.sha256}")
        unpack_program(packed, archive.program, target)
    except urllib.error.URLError as error:
        raise OSError(f"{archive.url} cannot be fetched: {error.reason}") from error
    finally:
        packed.unlink(missing_ok=True)


def unpack_program(packed: Path, member: str, target: Path) -> None:
    """Take one regular file out of an archive, and nothing else.

    Args:
        packed: The archive.
        member: The file's path in it.
        target: Where it goes.

    Raises:
        ValueError: It is not in the archive, or no regular file.
    """
    try:
        with tarfile.open(packed, "r:gz") as archive:
            source = archive.extractfile(member)
            if source is None:
                raise ValueError(f"{member} in the archive is no file")
            with source, target.open("wb") as file:
                shutil.copyfileobj(source, file)
    except (KeyError, tarfile.TarError) as error:
        raise ValueError(f"{member} is not in the archive: {error}") from error


def _copy_bounded(source: BinaryIO, file: BinaryIO) -> str:
    digest = hashlib.sha256()
    copied = 0
    while chunk := source.read(_CHUNK_BYTES):
        copied += len(chunk)
        if copied > _MAX_ARCHIVE_BYTES:
            raise ValueError(f"the archive is larger than {_MAX_ARCHIVE_BYTES} bytes")
        digest.update(chunk)
        file.write(chunk)
    return digest.hexdigest()
