"""Builds the example functions, pushes their images, and knows how each is published and called."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from docker import APIClient

from chainfaas.domain.limits import MIB
from chainfaas.domain.manifests import Image, Manifest, Mode, Warm
from chainfaas.domain.outcomes import Status
from chainfaas.provider.engine.base_image import provide_base_image
from chainfaas.provider.engine.publish_image import publish_image

FOLDER = Path(__file__).resolve().parents[1] / "examples" / "functions"
TEXT_BYTES = 4 * MIB


@dataclass(frozen=True, slots=True)
class ExampleFunction:
    """One example, ready to be published and called."""

    name: str
    manifest: Manifest
    memory_mib: int
    timeout_ms: int
    content: bytes
    """Input of a call."""
    status: Status = Status.SUCCEEDED
    """How that call ends."""
    bundle: bytes = b""


def publish_images(client: APIClient, registry: str, environment: Mapping[str, str]) -> dict[str, Image]:
    """Build the images of the examples and push them.

    Args:
        client: The engine.
        registry: Host and port.
        environment: The process's environment variables, for the base image.

    Returns:
        Each image under its example's name.

    Raises:
        EngineMissingError: something to build with is not installed.
        EngineFailedError: an image could not be built or pushed.
    """
    arguments = {"BASE": provide_base_image(client, environment)}
    images = {}
    for example in ("word_count", "mandelbrot", "python_kit"):
        with tempfile.TemporaryDirectory() as context:
            shutil.copytree(FOLDER / example, context, dirs_exist_ok=True)
            if (FOLDER / example / "go.mod").exists():
                _build_program(Path(context), example)
            repository = f"{registry}/{example.replace('_', '-')}"
            images[example] = publish_image(client, Path(context), repository, arguments)
    return images


def example_functions(images: Mapping[str, Image]) -> tuple[ExampleFunction, ...]:
    """Return every example.

    Args:
        images: What `publish_images` returned.
    """
    text = _text()
    draw = random.Random(7)  # noqa: S311 - the same numbers in every run
    numbers = "\n".join(str(draw.gauss(100, 15)) for _ in range(1_000)).encode()
    view = b'{"Width": 640, "Height": 480, "X": -0.745, "Y": 0.113, "Span": 0.02, "Iterations": 400}'
    return (
        ExampleFunction("word-count", _program(images["word_count"], "application/json"), 128, 20_000, text),
        ExampleFunction("mandelbrot", _program(images["mandelbrot"], "image/png"), 64, 20_000, view),
        _bundled(images, "number_summary", numbers),
        _bundled(images, "always_fails", b"anything", Status.FUNCTION_ERROR),
        _bundled(images, "never_ends", b"anything", Status.TIMED_OUT),
    )


def _program(image: Image, content_type: str) -> Manifest:
    return Manifest(image, content_type, Mode.ONESHOT, Warm(prestart=True, reuse=False), (), 4 * MIB)


def _bundled(
    images: Mapping[str, Image], file_name: str, content: bytes, status: Status = Status.SUCCEEDED
) -> ExampleFunction:
    manifest = Manifest(
        images["python_kit"],
        "application/json",
        Mode.STREAM,
        Warm(prestart=True, reuse=True),
        (),
        MIB,
    )
    timeout_ms = 1_000 if status is Status.TIMED_OUT else 10_000
    bundle = (FOLDER / "bundles" / f"{file_name}.py").read_bytes()
    return ExampleFunction(file_name.replace("_", "-"), manifest, 64, timeout_ms, content, status, bundle)


def _text() -> bytes:
    # A text that every machine has: what the authors of Python's own library wrote.
    folder = Path(sysconfig.get_path("stdlib"))
    text = bytearray()
    for file in sorted(folder.rglob("*.py")):
        text += file.read_bytes()
        if len(text) >= TEXT_BYTES:
            break
    return bytes(text[:TEXT_BYTES])


def _build_program(folder: Path, name: str) -> None:
    beside = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{beside}:{os.environ.get('PATH', '')}", "CGO_ENABLED": "0"}
    command = ["go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", name, "."]
    subprocess.run(command, cwd=folder, env=environment, check=True)
