"""A content of a call: in its row where it is short, else in a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainfaas.controller.errors import ContentGoneError
from chainfaas.controller.storage.content_store import INLINE_MAX_BYTES

if TYPE_CHECKING:
    from chainfaas.controller.storage.content_store import ContentStore


@dataclass(frozen=True, slots=True)
class StoredContent:
    """Where a content is.

    Attributes:
        size_bytes: Its length, which stays when it is no longer kept.
        inline: The content itself, if it is in the row.
        reference: Its file, if it is in one.
    """

    size_bytes: int
    inline: bytes | None = None
    reference: str | None = None

    def read(self, store: ContentStore) -> bytes:
        """Return the content.

        Args:
            store: Where the files are.

        Raises:
            ContentGoneError: It is no longer kept.
        """
        if self.inline is not None:
            return self.inline
        if self.reference is None:
            raise ContentGoneError("The content is no longer kept.")
        return store.read(self.reference)


def keep_content(content: bytes, store: ContentStore) -> StoredContent:
    """Keep a content where it belongs by its length.

    Args:
        content: The bytes.
        store: Where the files are.
    """
    if len(content) <= INLINE_MAX_BYTES:
        return StoredContent(len(content), inline=content)
    return StoredContent(len(content), reference=store.put(content))
