"""How a message names the contents that travel beside it, and what fits with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from chainfaas.domain.canonical_json import JsonValue
from chainfaas.domain.identifiers import JobId
from chainfaas.domain.limits import KIB
from chainfaas.domain.wire.errors import InvalidMessageError
from chainfaas.domain.wire.members import members, optional, unsigned

DEFAULT_BLOB_LIMIT_BYTES = 64 * KIB
"""The longest content that travels in the body of its message, if the controller tells no other at log-in."""


@dataclass(frozen=True, slots=True)
class BlobReference:
    """A content: its size, and in which part of the same body it is, if it is there at all."""

    part: str | None
    """Name of the part; None where the content is fetched or was sent by itself."""
    size_bytes: int

    def as_json(self) -> dict[str, JsonValue]:
        """Return the reference under its JSON names."""
        return {"part": self.part, "size": self.size_bytes}


def parse_blob_reference(value: JsonValue, path: str) -> BlobReference:
    """Read a reference.

    Raises:
        InvalidMessageError: it is malformed.
    """
    fields = members(value, path, ("part", "size"))
    return BlobReference(optional(fields, "part", lambda _: fields.text("part")), unsigned(fields, "size"))


def refer_to(kind: str, job: JobId, content: bytes, blob_limit_bytes: int) -> BlobReference:
    """Return the reference to a content, in the same body where it is short enough.

    Args:
        kind: ``input``, ``output`` or ``log``.
        job: Whose content it is.
        content: The content.
        blob_limit_bytes: The longest content that goes into the body.
    """
    part = f"{kind}-{job}" if len(content) <= blob_limit_bytes else None
    return BlobReference(part, len(content))


def check_blobs(references: Iterable[BlobReference], blobs: Mapping[str, bytes]) -> None:
    """Make sure that a message and the contents beside it fit together, with nothing left over.

    Raises:
        InvalidMessageError: a part is missing, has another size, is named twice or by nobody.
    """
    unnamed = set(blobs)
    for reference in references:
        if reference.part is None:
            continue
        if reference.part not in unnamed:
            raise InvalidMessageError(f"The part {reference.part[:80]!r} is missing or named twice.")
        if len(blobs[reference.part]) != reference.size_bytes:
            raise InvalidMessageError(f"The part {reference.part[:80]!r} is not of the size stated.")
        unnamed.remove(reference.part)
    if unnamed:
        raise InvalidMessageError(f"No member names the part {min(unnamed)[:80]!r}.")
