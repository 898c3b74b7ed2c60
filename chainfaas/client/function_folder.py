"""A function's folder as it is built: what its table `[build]` says, what is in it, and what was built of it.

What was built is noted in a file beside the function's own, ``built.json``, with a hash of what it was built
from, so that nothing is published that the folder does not hold any more.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from chainfaas.chain.node.tool_run import run_tool
from chainfaas.client.errors import BuildOutdatedError, FunctionFileError, ProgramNotBuiltError
from chainfaas.client.function_file import FILE_NAME, find_function_file, parse_image, read_values
from chainfaas.domain.errors import InvalidInputError
from chainfaas.domain.manifests import Image, is_function_name

NOTE_NAME = "built.json"
DOCKERFILE_NAME = "Dockerfile"

_BASE = re.compile(r"^\s*ARG\s+BASE=(\S+)\s*$", re.MULTILINE | re.IGNORECASE)
_PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]+", re.ASCII)
_NOT_BUILT_FROM = frozenset({NOTE_NAME, FILE_NAME, "README.md", "__pycache__", "node_modules"})
_BEFORE_TIMEOUT_SECONDS = 900.0


@dataclass(frozen=True, slots=True)
class FunctionFolder:
    """What a function's folder says of building it.

    Attributes:
        file: The function's file.
        name: What its owner calls the function.
        image: The image that the function's file names, which then is not built; ``None`` for none.
        bundle: Name of the file that is its bundle; empty for none.
        before: A command that builds its program; empty for none.
        packages: Debian's packages of a base image that is made on this machine; empty for the usual ones.
    """

    file: Path
    name: str
    image: Image | None
    bundle: str
    before: tuple[str, ...]
    packages: tuple[str, ...]

    @property
    def folder(self) -> Path:
        """Where it is built."""
        return self.file.parent

    @property
    def is_built(self) -> bool:
        """Whether its image is built from a Dockerfile of its own."""
        return self.image is None and (self.folder / DOCKERFILE_NAME).is_file()

    @property
    def left_out(self) -> tuple[str, ...]:
        """Files that are no part of its image, besides what its .dockerignore names."""
        return (NOTE_NAME, FILE_NAME)

    def usual_base(self) -> str:
        """Return the base that its Dockerfile names: the value of ``ARG BASE``; empty for none.

        Raises:
            FunctionFileError: The Dockerfile cannot be read.
        """
        found = _BASE.search(_read_text(self.folder / DOCKERFILE_NAME))
        return "" if found is None else found.group(1)

    def build_program(self) -> None:
        """Run the command that builds its program, if it has one, in its folder.

        Raises:
            ProgramNotBuiltError: It failed, or is not installed.
        """
        if not self.before:
            return
        # Tools that were installed beside this command, such as Go, are found.
        path = f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}"
        try:
            answer = run_tool(
                self.before, _BEFORE_TIMEOUT_SECONDS, {**os.environ, "PATH": path}, self.folder.resolve()
            )
        except OSError as fault:
            raise ProgramNotBuiltError(
                f"{self.before[0]} cannot be run: {fault.strerror or fault}."
            ) from fault
        if not answer.succeeded:
            raise ProgramNotBuiltError(f"{' '.join(self.before)} failed: {answer.last_error_line}")

    def sources_hash(self) -> str:
        """Return a SHA-256 in hex of what an image is built from, which leaves out bundle and terms.

        Raises:
            FunctionFileError: A file cannot be read.
        """
        digest = hashlib.sha256()
        for file in _sources(self.folder, self.bundle):
            try:
                content = hashlib.sha256(file.read_bytes()).hexdigest()
            except OSError as fault:
                raise FunctionFileError(f"{file} cannot be read: {fault.strerror}.") from fault
            digest.update(f"{file.relative_to(self.folder)}\0{content}\n".encode(errors="surrogateescape"))
        return digest.hexdigest()

    def note_built(self, image: Image, base: str) -> None:
        """Write down what was built of it.

        Args:
            image: The image, with the digest that the registry gave it.
            base: What it was built from; empty for nothing.

        Raises:
            FunctionFileError: The note cannot be written.
        """
        note = {"image": image.reference, "base": base, "sources": self.sources_hash()}
        place = self.folder / NOTE_NAME
        unfinished = place.with_suffix(".tmp")
        try:
            unfinished.write_text(json.dumps(note, indent=2) + "\n", encoding="utf-8")
            unfinished.replace(place)
        except OSError as fault:
            raise FunctionFileError(f"{place} cannot be written: {fault.strerror}.") from fault

    def built_image(self) -> Image:
        """Return what was built of the folder as it is now.

        Raises:
            BuildOutdatedError: Nothing was, or the folder has changed since.
            FunctionFileError: A file cannot be read.
        """
        place = self.folder / NOTE_NAME
        if not place.exists():
            raise BuildOutdatedError(f"{self.name} names no image in {self.file}, and was not built yet.")
        try:
            note: Mapping[str, str] = json.loads(_read_text(place))
            image, sources = parse_image(note["image"]), note["sources"]
        except (ValueError, KeyError, TypeError, AttributeError, InvalidInputError) as fault:
            raise BuildOutdatedError(f"{place} is damaged: {fault}.") from fault
        if sources != self.sources_hash():
            raise BuildOutdatedError(f"{self.folder} was changed since {self.name} was built.")
        return image


def open_function_folder(path: Path) -> FunctionFolder:
    """Read what a function's folder says of building it.

    Args:
        path: The function's file, or the folder that it is in.

    Raises:
        FunctionFileError: The file cannot be read, or says what cannot be.
    """
    file = find_function_file(path)
    values = read_values(file)
    build = _build_table(cast("dict[str, object]", values.get("build", {})))
    name, reference = str(values.get("name", "")), str(values.get("image", ""))
    if not is_function_name(name):
        raise FunctionFileError(f"{file} gives no name of 1 to 63 of a-z, 0-9 and -, a letter first.")
    packages = build.get("packages", ())
    for package in packages:
        if not _PACKAGE.fullmatch(package):
            raise FunctionFileError(f"build.packages names {package!r}, which is no package of Debian's.")
    image = parse_image(reference) if reference else None
    return FunctionFolder(file, name, image, str(values.get("bundle", "")), build.get("before", ()), packages)


def choose_image(path: Path, option: str | None) -> Image | None:
    """Return the image that a version is published with: the option's, or what was built.

    Args:
        path: The function's file, or the folder that it is in.
        option: What the command line says, as ``repository@sha256:…``.

    Returns:
        ``None`` where the function's file names it.

    Raises:
        BuildOutdatedError: It has to be built first.
        FunctionFileError: A file cannot be read.
        InvalidManifestError: The option has another form.
    """
    if option is not None:
        return parse_image(option)
    values = read_values(find_function_file(path))
    if "image" in values:
        return None
    return open_function_folder(path).built_image()


def _build_table(table: Mapping[str, object]) -> dict[str, tuple[str, ...]]:
    for name, words in table.items():
        if name not in {"before", "packages"}:
            raise FunctionFileError(f"build.{name} is set, which nobody knows.")
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise FunctionFileError(f"build.{name} is not a list of texts.")
    return {name: tuple(cast("list[str]", words)) for name, words in table.items()}


def _sources(folder: Path, bundle: str) -> Iterator[Path]:
    left_out = {folder / bundle} if bundle else set()
    for path, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not _is_left_out(name))
        for name in sorted(files):
            file = Path(path) / name
            if not (_is_left_out(name) and name != ".dockerignore") and file not in left_out:
                yield file


def _is_left_out(name: str) -> bool:
    return name in _NOT_BUILT_FROM or name.startswith(".") or name.endswith((".pyc", ".tmp"))


def _read_text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise FunctionFileError(f"{file} cannot be read: {fault}.") from fault
