"""Collects Solidity sources with everything that they import, so that a compiler needs no file system."""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from chainfaas.chain.errors import CompilationError

_COMMENT: Final = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_IMPORT: Final = re.compile(r"""^\s*import\s+(?:[^"';]*?\bfrom\s*)?["']([^"']+)["']""", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class SoliditySources:
    """Sources that import nothing but each other.

    Attributes:
        texts: Each file's text by its path relative to the project's root, sorted by path.
        imports: For each file the files that it imports itself.
    """

    texts: Mapping[str, str]
    imports: Mapping[str, tuple[str, ...]]

    def closure(self, unit: str) -> tuple[str, ...]:
        """A file and all that it imports, directly or not, sorted by path.

        Args:
            unit: The file's path relative to the project's root.
        """
        reached: set[str] = set()
        waiting = [unit]
        while waiting:
            current = waiting.pop()
            if current not in reached:
                reached.add(current)
                waiting.extend(self.imports[current])
        return tuple(sorted(reached))

    def closure_hash(self, unit: str) -> str:
        """SHA-256 over the paths and contents of a file and all that it imports, as hex digits.

        Args:
            unit: The file's path relative to the project's root.
        """
        digests = {path: hashlib.sha256(self.texts[path].encode()).hexdigest() for path in self.closure(unit)}
        return hashlib.sha256(json.dumps(digests, sort_keys=True).encode()).hexdigest()


def collect_sources(root: Path, entries: Iterable[Path], remappings: Sequence[str]) -> SoliditySources:
    """Read files and all that they import.

    Args:
        root: The project's root, which paths are relative to.
        entries: The files to begin with.
        remappings: Import prefixes and what they stand for, as ``prefix=folder/``; the longest fit wins.

    Returns:
        All files reached.

    Raises:
        CompilationError: A file cannot be read; the message names who imports it.
    """
    texts: dict[str, str] = {}
    imports: dict[str, tuple[str, ...]] = {}
    waiting = [(entry.relative_to(root).as_posix(), "the contracts folder") for entry in entries]
    while waiting:
        unit, importer = waiting.pop()
        if unit in texts:
            continue
        texts[unit] = _read(root / unit, importer)
        imports[unit] = tuple(resolve_import(unit, path, remappings) for path in find_imports(texts[unit]))
        waiting.extend((imported, unit) for imported in imports[unit])
    return SoliditySources(dict(sorted(texts.items())), imports)


def find_imports(text: str) -> tuple[str, ...]:
    """The paths that a source imports, as written and in order.

    Args:
        text: The Solidity source.
    """
    return tuple(_IMPORT.findall(_COMMENT.sub(" ", text)))


def resolve_import(importer: str, path: str, remappings: Sequence[str]) -> str:
    """Where an import leads.

    Args:
        importer: Path of the importing file, relative to the project's root.
        path: The import as written.
        remappings: As for :func:`collect_sources`.

    Returns:
        The imported file's path relative to the project's root.
    """
    if path.startswith(("./", "../")):
        return posixpath.normpath(posixpath.join(posixpath.dirname(importer), path))
    fitting = [pair for pair in (entry.split("=", 1) for entry in remappings) if path.startswith(pair[0])]
    if not fitting:
        return path
    prefix, folder = max(fitting, key=lambda pair: len(pair[0]))
    return folder + path.removeprefix(prefix)


def _read(file: Path, importer: str) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise CompilationError(f"{file}, wanted by {importer}, cannot be read: {error.strerror}.") from error
