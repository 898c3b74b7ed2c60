"""The images of the attacks, made on the spot from nothing but the attack program."""

from __future__ import annotations

import struct
import tarfile
from dataclasses import dataclass
from typing import Any

from chainfaas.domain.limits import MIB
from chainfaas.provider.doctor.attack import ImageKind
from chainfaas.provider.doctor.image_content import (
    Entry,
    ImageContent,
    Layer,
    make_bomb,
    make_image,
    make_layer,
)
from chainfaas.provider.sandbox.image_policy import ImagePolicy

MAX_BYTES = 32 * MIB
"""Largest image that the doctor's policy takes; a small bound proves the same as a large one."""
MAX_LAYERS = 6
_BOMB_PIECES = 64

_EFFECTIVE = 0x02000001
"""Revision 2 of the attribute, and that the capabilities are effective at once (linux/capability.h)."""
_SETUID_AND_ADMIN = 1 << 7 | 1 << 21
_HEALTH_CHECK = {
    "Test": ["CMD", "/attack", "create", "/tmp"],
    "Interval": 100_000_000,
    "Timeout": 1_000_000_000,
    "Retries": 1,
}
"""Times in nanoseconds."""
_DEVICES = (
    ("memory", tarfile.CHRTYPE, 1, 1),
    ("kernel-log", tarfile.CHRTYPE, 1, 11),
    ("files", tarfile.CHRTYPE, 10, 229),
    ("machine", tarfile.CHRTYPE, 10, 232),
    ("loops", tarfile.CHRTYPE, 10, 237),
    ("loop", tarfile.BLKTYPE, 7, 0),
    ("disk", tarfile.BLKTYPE, 8, 0),
    ("virtual-disk", tarfile.BLKTYPE, 254, 0),
    ("flash", tarfile.BLKTYPE, 259, 0),
)
"""Usual numbers (Documentation/admin-guide/devices.txt of Linux); a machine has some of them."""
DEVICE_PATHS = tuple(f"/device/{name}" for name, *_ in _DEVICES)
_BENT = (
    "LD_PRELOAD=/open/planted.so",
    "LD_LIBRARY_PATH=/open",
    "GODEBUG=gctrace=1,schedtrace=1,inittrace=1,asyncpreemptoff=1",
    "GOTRACEBACK=crash",
    "GOGC=1",
    "GOMEMLIMIT=1",
    "GOMAXPROCS=64",
    "PATH=/open",
    "TMPDIR=/open",
)


@dataclass(frozen=True, slots=True)
class HostileImages:
    """What a registry of the doctor's serves."""

    images: dict[str, ImageContent]
    """What is asked for, by kind."""
    tagged: dict[str, ImageContent]
    """What some tags lead to instead, by kind."""
    swapped: dict[str, ImageContent]
    """What is answered instead to some who ask by digest, by kind."""


def strict_policy(registry: str) -> ImagePolicy:
    """Return the bounds that the doctor's images are held to.

    Args:
        registry: Host and port of its registry.
    """
    allowed = tuple(f"{registry}/{kind.value}" for kind in ImageKind if kind is not ImageKind.ELSEWHERE)
    return ImagePolicy(max_bytes=MAX_BYTES, max_layers=MAX_LAYERS, repositories=allowed)


def make_hostile_images(program: bytes, platform: str) -> HostileImages:
    """Make every image.

    Args:
        program: The attack program.
        platform: What it is made for, in the words of images, such as ``amd64``.
    """
    plain = make_layer(_plain_entries(program))

    def image(*more: Layer, architecture: str = platform, **settings: Any) -> ImageContent:  # noqa: ANN401 - Docker's own words
        return make_image((plain, *more), architecture, settings)

    moved = make_layer([Entry(path="moved", content=b"moved")])
    images = {
        ImageKind.PLAIN: image(),
        ImageKind.VOLUMES: image(Volumes={"/volume": {}}),
        ImageKind.WORKING_FOLDER: image(WorkingDir="/proc/self/fd/8"),
        ImageKind.HEALTH_CHECK: image(Healthcheck=_HEALTH_CHECK),
        ImageKind.ON_BUILD: image(OnBuild=["RUN /attack create /open", "USER root", "VOLUME /open"]),
        ImageKind.ENVIRONMENT: image(Env=list(_BENT)),
        ImageKind.ROOT_USER: image(User="root:root"),
        ImageKind.LABELS: image(
            Labels={
                "chainfaas.provider": "4294967295",
                "chainfaas.boot": "somebodyelse",
                "chainfaas.network": "0x00",
            }
        ),
        ImageKind.HUGE: image(make_layer([Entry(path="zeros", content=bytes(MAX_BYTES + MIB))])),
        ImageKind.BOMB: image(make_bomb("bomb", _BOMB_PIECES)),
        ImageKind.MANY_LAYERS: image(
            *(make_layer([Entry(path=f"layer{number}", content=b"")]) for number in range(MAX_LAYERS))
        ),
        ImageKind.OTHER_PLATFORM: image(architecture="s390x"),
        ImageKind.MOVED_TAG: image(Labels={"which": "published"}),
        ImageKind.SWAPPED: image(Labels={"which": "asked for"}),
        ImageKind.ELSEWHERE: image(Labels={"which": "elsewhere"}),
    }
    return HostileImages(
        {kind.value: content for kind, content in images.items()},
        tagged={ImageKind.MOVED_TAG.value: image(moved)},
        swapped={ImageKind.SWAPPED.value: image(moved)},
    )


def _plain_entries(program: bytes) -> list[Entry]:
    capable = struct.pack("<5I", _EFFECTIVE, _SETUID_AND_ADMIN, 0, 0, 0)
    return [
        Entry(path="attack", content=program),
        Entry(path="suid", content=program, mode=0o6755),
        Entry(path="capable", content=program, capabilities=capable),
        Entry(path="root-only", content=b"for root alone", mode=0o600),
        Entry(path="open", mode=0o1777),
        Entry(path="tmp", mode=0o1777),
        Entry(path="var"),
        Entry(path="var/tmp", mode=0o1777),
        Entry(path="folder"),
        Entry(path="device"),
        *(
            Entry(path=f"device/{name}", mode=0o666, device=(kind, major, minor))
            for name, kind, major, minor in _DEVICES
        ),
    ]
