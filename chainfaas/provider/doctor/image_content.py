"""Images made from nothing, as a registry keeps them: layers, configuration and manifest, each by its digest.

Formats: Docker Registry HTTP API V2, Image Manifest Version 2 Schema 2; layers are tar files, packed by gzip.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

MANIFEST_TYPE = "application/vnd.docker.distribution.manifest.v2+json"
_CONFIG_TYPE = "application/vnd.docker.container.image.v1+json"
_LAYER_TYPE = "application/vnd.docker.image.rootfs.diff.tar.gzip"
_PIECE_BYTES = 16 << 20
_CAPABILITY = "SCHILY.xattr.security.capability"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A file, a folder or a device node of a layer; all belong to root."""

    path: str
    mode: int = 0o755
    content: bytes | None = None
    """A file's; a folder where it is absent."""
    device: tuple[bytes, int, int] | None = None
    """Type as in tar, major and minor number."""
    capabilities: bytes = b""
    """The extended attribute ``security.capability``."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer in both its forms."""

    packed: bytes
    diff_id: str
    """Digest of the tar file within."""


@dataclass(frozen=True, slots=True)
class ImageContent:
    """All that a registry keeps of one image."""

    manifest: bytes
    blobs: Mapping[str, bytes] = field(repr=False)
    """By digest."""

    @property
    def digest(self) -> str:
        """The manifest's, by which the image is fetched."""
        return digest_of(self.manifest)


def digest_of(content: bytes) -> str:
    """Return ``sha256:`` and 64 hex digits."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def make_layer(entries: Iterable[Entry]) -> Layer:
    """Pack files into a layer.

    Args:
        entries: Folders ahead of what is in them.
    """
    unpacked = io.BytesIO()
    with tarfile.open(fileobj=unpacked, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for entry in entries:
            archive.addfile(_header(entry), io.BytesIO(entry.content or b""))
    content = unpacked.getvalue()
    return Layer(gzip.compress(content, compresslevel=1, mtime=0), digest_of(content))


def make_bomb(path: str, pieces: int) -> Layer:
    """Pack a file of zeros without ever holding it.

    A gzip file may be several of them, one after the other (RFC 1952, 2.2), so that one piece is packed once.
    Nobody unpacks it to its end, so its digest is made up.

    Args:
        path: The file's.
        pieces: Its length in pieces of 16 MiB.
    """
    header = tarfile.TarInfo(path)
    header.size = pieces * _PIECE_BYTES
    parts = (gzip.compress(header.tobuf(), mtime=0), *pieces * (gzip.compress(bytes(_PIECE_BYTES), mtime=0),))
    return Layer(b"".join(parts), digest_of(path.encode()))


def _header(entry: Entry) -> tarfile.TarInfo:
    header = tarfile.TarInfo(entry.path)
    header.mode = entry.mode
    if entry.device is not None:
        header.type, header.devmajor, header.devminor = entry.device
    elif entry.content is None:
        header.type = tarfile.DIRTYPE
    else:
        header.size = len(entry.content)
    if entry.capabilities:
        header.pax_headers = {_CAPABILITY: entry.capabilities.decode("utf-8", "surrogateescape")}
    return header


def make_image(layers: Sequence[Layer], architecture: str, settings: Mapping[str, Any]) -> ImageContent:
    """Put an image together.

    Args:
        layers: From the lowest.
        architecture: What it says that it is made for.
        settings: Its ``config``, in Docker's own words.
    """
    config = json.dumps(
        {
            "architecture": architecture,
            "os": "linux",
            "config": settings,
            "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in layers]},
        }
    ).encode()
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": _described(_CONFIG_TYPE, config),
            "layers": [_described(_LAYER_TYPE, layer.packed) for layer in layers],
        }
    ).encode()
    blobs = {digest_of(content): content for content in (config, *(layer.packed for layer in layers))}
    return ImageContent(manifest, blobs)


def _described(media_type: str, content: bytes) -> dict[str, object]:
    return {"mediaType": media_type, "size": len(content), "digest": digest_of(content)}
