"""The manifest of a function version: what a provider needs to know to run it, published on chain.

Canonical JSON of at most 4 KiB; ``name`` and ``command`` may be absent, everything else is required::

    {"contentType": "image/png", "command": ["/mandelbrot"], "environment": {"LANG": "C.UTF-8"},
     "image": {"digest": "sha256:…", "repository": "registry.example/mandelbrot"}, "mode": "oneshot",
     "name": "mandelbrot", "outputLimit": 1048576, "schema": "chainfaas/manifest/1",
     "warm": {"prestart": true, "reuse": false}}
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from chainfaas.domain.canonical_json import (
    JsonValue,
    encode_canonical_json,
    parse_canonical_json,
)
from chainfaas.domain.encodings import Bytes32
from chainfaas.domain.errors import InvalidEncodingError, InvalidManifestError
from chainfaas.domain.json_fields import JsonFields
from chainfaas.domain.limits import KIB, MIB

MANIFEST_SCHEMA = "chainfaas/manifest/1"
MANIFEST_MAX_BYTES = 4 * KIB
OUTPUT_LIMIT_MAX_BYTES = 6 * MIB

_MAX_ARGUMENTS = 64
_MAX_VARIABLES = 32
_NAME = re.compile(r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_REPOSITORY = re.compile(
    r"(?=.{1,255}\Z)(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?/)?"
    r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*",
    re.ASCII,
)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)
_WORD = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"
_CONTENT_TYPE = re.compile(rf"(?=.{{1,127}}\Z){_WORD}/{_WORD}(?:; ?{_WORD}={_WORD})*", re.ASCII)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}", re.ASCII)


class Mode(StrEnum):
    """How the program in the image takes calls."""

    ONESHOT = "oneshot"
    """Any program: input on its stdin, output on its stdout, logs on stderr, one call a process."""
    STREAM = "stream"
    """A function kit: it reads and writes frames, call after call."""


def is_function_name(text: str) -> bool:
    """Say whether a function may have this name: 1 to 63 of a-z, 0-9 and -, a letter first, no - last."""
    return _NAME.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Image:
    """An OCI image, pinned by digest."""

    repository: str
    """Registry and path without tag, such as ``registry.example:5000/word-count``."""
    digest: str
    """``sha256:`` and 64 lower-case hex digits."""

    def __post_init__(self) -> None:
        """Refuse another form."""
        if not _REPOSITORY.fullmatch(self.repository):
            raise InvalidManifestError("manifest.image.repository is no lower-case repository without a tag.")
        if not _DIGEST.fullmatch(self.digest):
            raise InvalidManifestError("manifest.image.digest is not sha256: and 64 lower-case hex digits.")

    @property
    def digest_bytes(self) -> Bytes32:
        """The digest as the FunctionRegistry stores it."""
        return Bytes32(bytes.fromhex(self.digest.removeprefix("sha256:")))

    @property
    def reference(self) -> str:
        """What is pulled: ``repository@digest``."""
        return f"{self.repository}@{self.digest}"


@dataclass(frozen=True, slots=True)
class Warm:
    """What a provider may do to make the next call quick."""

    prestart: bool
    """Start the program before its input is there."""
    reuse: bool
    """Give the same process another call of the same version."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """A version's manifest."""

    image: Image
    content_type: str
    """Of the output, as the answer's Content-Type."""
    mode: Mode
    warm: Warm
    environment: tuple[tuple[str, str], ...]
    """Variables by name; public, so never secrets."""
    output_limit_bytes: int
    """From 1 byte to 6 MiB."""
    name: str | None = None
    """What its owner calls it: lower-case letters, digits and hyphens, at most 63."""
    command: tuple[str, ...] | None = None
    """Program and arguments; the image's own where absent."""

    def __post_init__(self) -> None:
        """Refuse what the fields do not allow, and what does not fit 4 KiB."""
        if self.name is not None and not is_function_name(self.name):
            raise InvalidManifestError("manifest.name is not 1 to 63 of a-z, 0-9 and -, a letter first.")
        if not _CONTENT_TYPE.fullmatch(self.content_type):
            raise InvalidManifestError(
                "manifest.contentType is no media type such as text/plain; charset=utf-8."
            )
        if not 1 <= self.output_limit_bytes <= OUTPUT_LIMIT_MAX_BYTES:
            raise InvalidManifestError(f"manifest.outputLimit is not from 1 to {OUTPUT_LIMIT_MAX_BYTES}.")
        if self.warm.reuse and self.mode is not Mode.STREAM:
            raise InvalidManifestError(
                "manifest.warm.reuse needs mode stream; a oneshot process ends with its call."
            )
        _check_command(self.command)
        _check_environment(self.environment)
        if len(self.canonical_bytes) > MANIFEST_MAX_BYTES:
            raise InvalidManifestError(f"The manifest is longer than {MANIFEST_MAX_BYTES} bytes.")

    @property
    def canonical_bytes(self) -> bytes:
        """The manifest as it is published."""
        try:
            return encode_canonical_json(self.as_json())
        except InvalidEncodingError as fault:
            raise InvalidManifestError(fault.message) from fault

    def as_json(self) -> dict[str, JsonValue]:
        """Return the manifest under its JSON names."""
        members: dict[str, JsonValue] = {
            "schema": MANIFEST_SCHEMA,
            "image": {"repository": self.image.repository, "digest": self.image.digest},
            "contentType": self.content_type,
            "mode": self.mode.value,
            "warm": {"prestart": self.warm.prestart, "reuse": self.warm.reuse},
            "environment": dict(self.environment),
            "outputLimit": self.output_limit_bytes,
        }
        if self.name is not None:
            members["name"] = self.name
        if self.command is not None:
            members["command"] = self.command
        return members


def parse_manifest(raw: bytes) -> Manifest:
    """Read a manifest as it stands on chain.

    Raises:
        InvalidManifestError: it is too long, not canonical, or a member is missing, unknown or not valid.
    """
    try:
        value = parse_canonical_json(raw, MANIFEST_MAX_BYTES, "The manifest")
    except InvalidEncodingError as fault:
        raise InvalidManifestError(fault.message, remedy=fault.remedy) from fault
    return manifest_of_json(value)


def manifest_of_json(value: JsonValue) -> Manifest:
    """Return the manifest that a JSON value is, however it was spelled.

    Raises:
        InvalidManifestError: a member is missing, unknown or not valid.
    """
    fields = JsonFields(
        value,
        "manifest",
        InvalidManifestError,
        required=("schema", "image", "contentType", "mode", "warm", "environment", "outputLimit"),
        optional=("name", "command"),
    )
    if fields.text("schema") != MANIFEST_SCHEMA:
        raise fields.refusal("schema", f"is not {MANIFEST_SCHEMA}")
    mode = fields.text("mode")
    if mode not in set(Mode):
        raise fields.refusal("mode", "is neither oneshot nor stream")
    return Manifest(
        image=_image(fields.value("image")),
        content_type=fields.text("contentType"),
        mode=Mode(mode),
        warm=_warm(fields.value("warm")),
        environment=_environment(fields.value("environment")),
        output_limit_bytes=fields.integer("outputLimit"),
        name=fields.text("name") if "name" in fields else None,
        command=fields.texts("command") if "command" in fields else None,
    )


def _image(value: JsonValue) -> Image:
    fields = JsonFields(value, "manifest.image", InvalidManifestError, required=("repository", "digest"))
    return Image(fields.text("repository"), fields.text("digest"))


def _warm(value: JsonValue) -> Warm:
    fields = JsonFields(value, "manifest.warm", InvalidManifestError, required=("prestart", "reuse"))
    return Warm(fields.boolean("prestart"), fields.boolean("reuse"))


def _environment(value: JsonValue) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, Mapping):
        raise InvalidManifestError("manifest.environment is not an object.")
    fields = JsonFields(value, "manifest.environment", InvalidManifestError, required=value.keys())
    return tuple((name, fields.text(name)) for name in sorted(value))


def _check_command(command: tuple[str, ...] | None) -> None:
    if command is None:
        return
    if not 1 <= len(command) <= _MAX_ARGUMENTS or not command[0]:
        raise InvalidManifestError(
            f"manifest.command is not a program and at most {_MAX_ARGUMENTS - 1} arguments."
        )
    if any("\0" in argument for argument in command):
        raise InvalidManifestError("manifest.command holds a zero byte.")


def _check_environment(environment: tuple[tuple[str, str], ...]) -> None:
    names = [name for name, _ in environment]
    if len(names) > _MAX_VARIABLES or names != sorted(set(names)):
        raise InvalidManifestError(
            f"manifest.environment is not at most {_MAX_VARIABLES} different names, sorted."
        )
    for name, text in environment:
        if not _VARIABLE.fullmatch(name):
            raise InvalidManifestError(
                f"manifest.environment has the name {name[:40]!r}, which is no variable's."
            )
        if "\0" in text:
            raise InvalidManifestError(f"manifest.environment.{name} holds a zero byte.")
