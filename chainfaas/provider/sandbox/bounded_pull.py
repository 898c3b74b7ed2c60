"""Fetching an image without letting it take more of the disk than an image may.

What it takes is known for certain only when it is unpacked, so it is watched on its way: the packed layers as
the registry announces them, and the disk's free room while they are unpacked. The events are those of
ImageCreate in the Docker Engine API.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

from docker import APIClient

from chainfaas.domain.manifests import Image
from chainfaas.provider.errors import ImageMissingError, ImageRefusedError
from chainfaas.provider.sandbox.engine_faults import ENGINE_FAULTS

ROOM = 2
"""How often an image's largest size may be taken on the way: packed and unpacked beside each other."""
_DOWNLOADING = "Downloading"


@dataclass(slots=True)
class PullWatch:
    """Adds up what an image takes."""

    max_bytes: int
    """Largest size of an image, unpacked."""
    free_bytes_before: int | None
    """Free room on the engine's disk when it began; None where that is not to be seen."""
    _packed_bytes: dict[str, int] = field(default_factory=dict, init=False)

    def refuses(self, event: Mapping[str, Any], free_bytes: int | None) -> str:
        """Take one event and say why the image is given up, or nothing.

        Args:
            event: What the engine says.
            free_bytes: Free room on its disk now.
        """
        if event.get("status") == _DOWNLOADING:
            self._packed_bytes[str(event.get("id"))] = int(event.get("progressDetail", {}).get("total", 0))
        if sum(self._packed_bytes.values()) > self.max_bytes:
            return f"is larger than {self.max_bytes} bytes although it is packed"
        if free_bytes is None or self.free_bytes_before is None:
            return ""
        if self.free_bytes_before - free_bytes > ROOM * self.max_bytes:
            return f"is larger than {self.max_bytes} bytes when it is unpacked"
        return ""


def pull(client: APIClient, image: Image, max_bytes: int) -> None:
    """Fetch an image by its digest.

    Args:
        client: The engine.
        image: Which.
        max_bytes: Largest size that it may have, unpacked.

    Raises:
        ImageMissingError: the registry does not have it or does not answer.
        ImageRefusedError: it takes more of the disk than an image may; nothing of it stays.
    """
    try:
        disk = str(client.info()["DockerRootDir"])
        watch = PullWatch(max_bytes, _free_bytes(disk))
        with contextlib.closing(_events(client, image)) as events:
            for event in events:
                if "error" in event:
                    raise ImageMissingError(
                        f"The image {image.reference} could not be fetched: {event['error']}."
                    )
                if reason := watch.refuses(event, _free_bytes(disk)):
                    raise ImageRefusedError(f"The image {image.reference} {reason}.")
    except ENGINE_FAULTS as error:
        raise ImageMissingError(f"The image {image.reference} could not be fetched: {error}.") from error


def _events(client: APIClient, image: Image) -> Generator[Mapping[str, Any], None, None]:
    # Where nobody reads to the end, the connection is closed with this, and the engine gives up.
    yield from client.pull(image.repository, tag=image.digest, stream=True, decode=True)


def _free_bytes(folder: str) -> int | None:
    try:
        disk = os.statvfs(folder)
    except OSError:
        return None
    return disk.f_bavail * disk.f_frsize
