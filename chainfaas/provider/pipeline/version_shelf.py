"""What has to be at hand before a version can run: its image, and its bundle if it has one."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Protocol

import structlog

from chainfaas.domain.content_hashes import file_hash
from chainfaas.domain.encodings import ZERO_BYTES32
from chainfaas.domain.errors import ChainFaaSError
from chainfaas.domain.limits import KIB
from chainfaas.domain.manifests import Image, parse_manifest
from chainfaas.domain.wire.polls import ReadyVersion
from chainfaas.provider.errors import ImageMissingError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from chainfaas.domain.encodings import Bytes32
    from chainfaas.domain.identifiers import VersionId
    from chainfaas.domain.manifests import Manifest
    from chainfaas.provider.journal.chain_notes import PublishedVersion

BUNDLE_MAX_BYTES = 256 * KIB

_log = structlog.get_logger(__name__)


class Images(Protocol):
    """Where images come from."""

    def fetch(self, image: Image) -> object:
        """Bring an image to this machine unless it is here.

        Raises:
            ImageMissingError: nobody has it.
            ImageRefusedError: it is not one that this provider runs.
        """


class VersionShelf:
    """Brings images and bundles to this machine and remembers which versions are complete."""

    def __init__(self, images: Images, bundle_folder: Path) -> None:
        """Look at nothing yet.

        Args:
            images: Where images come from.
            bundle_folder: Where bundles are kept, by hash.
        """
        self._images = images
        self._bundle_folder = bundle_folder
        self._lock = threading.Lock()
        self._fetching: dict[str, threading.Lock] = {}
        self._ready: set[VersionId] = set()

    def ready(self, depths: Mapping[VersionId, int]) -> tuple[ReadyVersion, ...]:
        """Return the versions that can run at once.

        Args:
            depths: How many sandboxes of each stand ready; others have none.
        """
        with self._lock:
            return tuple(ReadyVersion(version, depths.get(version, 0)) for version in sorted(self._ready))

    def complete(
        self, version: PublishedVersion, manifest: Manifest, fetch_bundle: Callable[[Bytes32], bytes]
    ) -> bytes:
        """Have all that a version needs at hand.

        Args:
            version: The version.
            manifest: Its manifest.
            fetch_bundle: Where a bundle is had from that is not kept yet.

        Returns:
            The bundle; empty where there is none.

        Raises:
            ImageMissingError: image or bundle cannot be had.
            ImageRefusedError: the image is not one that this provider runs.
            ChainFaaSError: whatever ``fetch_bundle`` raises.
        """
        self._fetch_image(version.version_id, manifest.image)
        bundle = self._bundle(version.bundle_hash, fetch_bundle)
        with self._lock:
            self._ready.add(version.version_id)
        return bundle

    def fetch_ahead(
        self,
        versions: Iterable[PublishedVersion],
        allows: Callable[[str], bool],
        fetch_bundle: Callable[[Bytes32], bytes],
    ) -> None:
        """Fetch what versions need that may be called soon; what cannot be had is only logged.

        Args:
            versions: The versions.
            allows: Whether images of a repository may be run.
            fetch_bundle: Where a bundle is had from that is not kept yet.
        """
        for version in versions:
            if self._is_ready(version.version_id):
                continue
            try:
                manifest = parse_manifest(version.manifest)
                is_named = manifest.image.digest_bytes == version.image_digest
                if is_named and allows(manifest.image.repository):
                    self.complete(version, manifest, fetch_bundle)
            except ChainFaaSError as fault:
                _log.info(
                    "A version cannot be had ready.",
                    action="version_waits",
                    version=version.version_id,
                    fault=fault.message,
                )

    def _is_ready(self, version: VersionId) -> bool:
        with self._lock:
            return version in self._ready

    def _fetch_image(self, version: VersionId, image: Image) -> None:
        if self._is_ready(version):
            return
        with self._lock:
            turn = self._fetching.setdefault(image.digest, threading.Lock())
        # One fetch at a time for each image, and none holds up another image's.
        with turn:
            self._images.fetch(image)

    def _bundle(self, bundle_hash: Bytes32, fetch: Callable[[Bytes32], bytes]) -> bytes:
        if bundle_hash == ZERO_BYTES32:
            return b""
        file = self._bundle_folder / bundle_hash.hex()
        if file.is_file() and file_hash(kept := file.read_bytes()) == bundle_hash:
            return kept
        bundle = fetch(bundle_hash)
        if len(bundle) > BUNDLE_MAX_BYTES or file_hash(bundle) != bundle_hash:
            raise ImageMissingError(f"The controller sent another bundle than 0x{bundle_hash.hex()}.")
        self._keep(file, bundle)
        return bundle

    def _keep(self, file: Path, bundle: bytes) -> None:
        self._bundle_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = file.with_suffix(f".{os.getpid()}.{threading.get_ident()}.tmp")
        unfinished.write_bytes(bundle)
        unfinished.replace(file)
