"""A function's file: what its developer writes down of a version, from which manifest and terms are made.

TOML; everything but name and image has a default, and the image may be named elsewhere::

    name = "mandelbrot"
    image = "127.0.0.1:30460/mandelbrot@sha256:…"
    content-type = "image/png"
    memory-mib = 64
    timeout-seconds = 10
    max-cost = "0.01"              # tokens that one call may cost at most
    output-limit-bytes = 1048576
    mode = "oneshot"               # or "stream", for a function kit
    command = ["/mandelbrot"]      # the image's own if absent
    bundle = "handler.py"          # a file beside this one, handed to a function kit
    prestart = true
    reuse = false

    [environment]
    LANG = "C.UTF-8"

    [build]                        # what `function build` does with the Dockerfile beside this file
    before = ["go", "build", "."]  # a command that is run in the folder first
    packages = ["python3"]         # of a base that is made here, where the Dockerfile's cannot be fetched
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, cast

from chainfaas.chain.bindings.function_registry import NewVersion
from chainfaas.client.errors import FunctionFileError
from chainfaas.domain.amounts import max_cost_of_amount, parse_tokens
from chainfaas.domain.content_hashes import file_hash
from chainfaas.domain.encodings import ZERO_BYTES32, Bytes32
from chainfaas.domain.errors import InvalidInputError
from chainfaas.domain.limits import KIB, MIB
from chainfaas.domain.manifests import Image, Manifest, Mode, Warm
from chainfaas.domain.prices import Terms

FILE_NAME = "function.toml"
BUNDLE_MAX_BYTES = 256 * KIB

_T = TypeVar("_T")
_KINDS: Mapping[str, tuple[type, str]] = {
    "name": (str, "a text"),
    "image": (str, "a text"),
    "content-type": (str, "a text"),
    "memory-mib": (int, "a whole number"),
    "timeout-seconds": (float, "a number"),
    "max-cost": (str, "a text such as '0.01'"),
    "output-limit-bytes": (int, "a whole number"),
    "mode": (str, "a text"),
    "command": (list, "a list of texts"),
    "bundle": (str, "a text"),
    "prestart": (bool, "true or false"),
    "reuse": (bool, "true or false"),
    "environment": (dict, "a table of texts"),
    "build": (dict, "a table"),
}


@dataclass(frozen=True, slots=True)
class FunctionFile:
    """A version that is ready to be published.

    Attributes:
        version: What the chain is told.
        bundle: What a function kit is handed; empty for none.
    """

    version: NewVersion
    bundle: bytes

    @property
    def name(self) -> str:
        """What its owner calls the function."""
        return self.version.manifest.name or ""


def read_function_file(path: Path, image: Image | None = None) -> FunctionFile:
    """Read a function's file, and the bundle beside it.

    Args:
        path: The file, or the folder that it is in.
        image: The image; the file's own if absent.

    Raises:
        FunctionFileError: A file cannot be read, or a member is missing, unknown or not valid.
    """
    file = find_function_file(path)
    values = read_values(file)
    try:
        return _function_file(values, file.parent, image)
    except FunctionFileError:
        raise
    except InvalidInputError as fault:
        raise FunctionFileError(f"{file}: {fault.message}", remedy=fault.remedy) from fault


def find_function_file(path: Path) -> Path:
    """Return a function's file.

    Args:
        path: The file, or the folder that it is in.
    """
    return path / FILE_NAME if path.is_dir() else path


def parse_image(reference: str) -> Image:
    """Read an image that is pinned: ``repository@sha256:…``.

    Args:
        reference: The text.

    Raises:
        InvalidManifestError: It has another form.
    """
    repository, _, digest = reference.partition("@")
    return Image(repository, digest)


def _function_file(values: Mapping[str, object], folder: Path, image: Image | None) -> FunctionFile:
    name, bundle = _value(values, "name", ""), _bundle(values, folder)
    if not name:
        raise FunctionFileError("The function's file lacks a name.")
    manifest = Manifest(
        image=image or parse_image(_value(values, "image", "")),
        content_type=_value(values, "content-type", "application/octet-stream"),
        mode=_mode(_value(values, "mode", Mode.ONESHOT.value)),
        warm=Warm(_value(values, "prestart", default=True), _value(values, "reuse", default=False)),
        environment=_environment(_value(values, "environment", {})),
        output_limit_bytes=_value(values, "output-limit-bytes", MIB),
        name=name,
        command=_command(_value(values, "command", [])),
    )
    return FunctionFile(NewVersion(_terms(values), manifest, _bundle_hash(bundle)), bundle)


def _terms(values: Mapping[str, object]) -> Terms:
    cost = parse_tokens(_value(values, "max-cost", "0.01"))
    timeout_ms = round(_value(values, "timeout-seconds", 10.0) * 1_000)
    return Terms(max_cost_of_amount(cost), _value(values, "memory-mib", 128), timeout_ms)


def _bundle(values: Mapping[str, object], folder: Path) -> bytes:
    name = _value(values, "bundle", "")
    if not name:
        return b""
    try:
        content = (folder / name).read_bytes()
    except OSError as fault:
        raise FunctionFileError(f"The bundle {folder / name} cannot be read: {fault.strerror}.") from fault
    if not 1 <= len(content) <= BUNDLE_MAX_BYTES:
        raise FunctionFileError(f"The bundle {folder / name} is not from 1 to {BUNDLE_MAX_BYTES} bytes long.")
    return content


def _bundle_hash(bundle: bytes) -> Bytes32:
    return file_hash(bundle) if bundle else ZERO_BYTES32


def _mode(text: str) -> Mode:
    if text not in set(Mode):
        raise FunctionFileError(f"The mode {text!r} is neither oneshot nor stream.")
    return Mode(text)


def _command(words: list[object]) -> tuple[str, ...] | None:
    if not all(isinstance(word, str) for word in words):
        raise FunctionFileError("command is not a list of texts.")
    return tuple(cast("list[str]", words)) or None


def _environment(table: dict[str, object]) -> tuple[tuple[str, str], ...]:
    for name, text in table.items():
        if not isinstance(text, str):
            raise FunctionFileError(f"environment.{name} is not a text.")
    return tuple(sorted(cast("dict[str, str]", table).items()))


def _value(values: Mapping[str, object], name: str, default: _T) -> _T:
    return cast("_T", values.get(name, default))


def read_values(file: Path) -> Mapping[str, object]:
    """Return what a function's file says, by names and kinds that there are.

    Args:
        file: The file.

    Raises:
        FunctionFileError: It cannot be read, or a member is unknown or of another kind.
    """
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as fault:
        raise FunctionFileError(f"The function's file {file} cannot be read: {fault.strerror}.") from fault
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise FunctionFileError(f"{file} is no TOML: {fault}.") from fault
    for name, value in values.items():
        if name not in _KINDS:
            raise FunctionFileError(f"{file} sets {name}, which nobody knows.")
        kind, words = _KINDS[name]
        fits = isinstance(value, (int, float) if kind is float else kind)
        if not fits or (isinstance(value, bool) and kind is not bool):
            raise FunctionFileError(f"{name} in {file} is not {words}.")
    return values
