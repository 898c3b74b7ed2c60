"""Large inputs, outputs and logs as files that are named by their content."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from chainfaas.controller.errors import ContentGoneError
from chainfaas.domain.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Collection

INLINE_MAX_BYTES = 64 * 1024
"""The longest content that is kept in its database row."""


class ContentStore:
    """A folder of files; the same content is kept once."""

    def __init__(self, folder: Path) -> None:
        """Use a folder, which is made if absent.

        Args:
            folder: Where the files are, for the owner alone.

        Raises:
            ConfigurationError: The place cannot be written.
        """
        self._folder = folder
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as fault:
            raise ConfigurationError(f"The folder {folder} cannot be made: {fault.strerror}.") from fault

    def put(self, content: bytes) -> str:
        """Keep a content; it is on disk when this returns.

        Args:
            content: The bytes.

        Returns:
            The reference under which it is read again.
        """
        reference = hashlib.sha256(content).hexdigest()
        path = self._path(reference)
        if path.exists():
            os.utime(path)  # a sweep that is going on leaves what was just used
            return reference
        path.parent.mkdir(mode=0o700, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self._folder, delete=False) as unfinished:
            unfinished.write(content)
            unfinished.flush()
            os.fsync(unfinished.fileno())
        Path(unfinished.name).replace(path)
        return reference

    def read(self, reference: str) -> bytes:
        """Return a content.

        Args:
            reference: From `put`.

        Raises:
            ContentGoneError: It was removed.
        """
        try:
            return self._path(reference).read_bytes()
        except FileNotFoundError as fault:
            raise ContentGoneError("The content is no longer kept.") from fault

    def sweep(self, kept: Collection[str], older_than_seconds: float) -> int:
        """Remove what nobody refers to.

        Args:
            kept: References that rows still have.
            older_than_seconds: Age from which a file without a row is removed; a younger one may be about to
                get its row.

        Returns:
            How many files went.
        """
        removed = 0
        limit = time.time() - older_than_seconds
        for path in self._folder.rglob("*"):
            if path.is_file() and path.name not in kept and path.stat().st_mtime < limit:
                path.unlink(missing_ok=True)
                removed += 1
        return removed

    def _path(self, reference: str) -> Path:
        return self._folder / reference[:2] / reference
