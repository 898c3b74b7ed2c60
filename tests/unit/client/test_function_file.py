from __future__ import annotations

from pathlib import Path

import pytest

from chainfaas.client.errors import FunctionFileError
from chainfaas.client.function_file import BUNDLE_MAX_BYTES, parse_image, read_function_file
from chainfaas.domain.content_hashes import file_hash
from chainfaas.domain.encodings import ZERO_BYTES32
from chainfaas.domain.errors import InvalidManifestError
from chainfaas.domain.manifests import Image, Mode

DIGEST = "sha256:" + "ab" * 32
SMALL = f'name = "f"\nimage = "registry.example/f@{DIGEST}"\n'
WHOLE = f"""
name = "mandelbrot"
image = "registry.example:5000/m@{DIGEST}"
content-type = "image/png"
memory-mib = 64
timeout-seconds = 2.5
max-cost = "0.5"
output-limit-bytes = 1000
mode = "stream"
command = ["/m", "-v"]
bundle = "handler.py"
prestart = false
reuse = true

[environment]
B = "2"
A = "1"
"""


def write(folder: Path, text: str) -> Path:
    (folder / "function.toml").write_text(text)
    return folder


def test_read_function_file__everything_said__manifest_and_terms(tmp_path: Path) -> None:
    (tmp_path / "handler.py").write_bytes(b"def handle(content): ...")
    found = read_function_file(write(tmp_path, WHOLE))
    manifest, terms = found.version.manifest, found.version.terms

    assert (terms.max_cost, terms.memory_mib, terms.timeout_ms) == (5 * 10**8, 64, 2_500)
    assert (manifest.mode, manifest.content_type, manifest.output_limit_bytes) == (
        Mode.STREAM,
        "image/png",
        1_000,
    )
    assert (manifest.command, manifest.environment) == (("/m", "-v"), (("A", "1"), ("B", "2")))
    assert (manifest.warm.prestart, manifest.warm.reuse, found.name) == (False, True, "mandelbrot")
    assert found.version.bundle_hash == file_hash(found.bundle)


def test_read_function_file__name_and_image_only__defaults(tmp_path: Path) -> None:
    found = read_function_file(write(tmp_path, SMALL) / "function.toml")

    assert (found.version.terms.timeout_ms, found.version.terms.memory_mib) == (10_000, 128)
    assert (found.bundle, found.version.bundle_hash) == (b"", ZERO_BYTES32)
    assert found.version.manifest.command is None


def test_read_function_file__image_given__wins(tmp_path: Path) -> None:
    image = Image("other.example/x", DIGEST)

    assert read_function_file(write(tmp_path, SMALL), image).version.manifest.image == image


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "lacks a name"),
        ('name = "f"', "repository"),
        ("name = ", "no TOML"),
        (SMALL + "memory = 5", "memory, which nobody knows"),
        (SMALL + 'memory-mib = "5"', "memory-mib"),
        (SMALL + "memory-mib = true", "memory-mib"),
        (SMALL + "memory-mib = 0", "memory"),
        (SMALL + "memory-mib = 70000", "memory"),
        (SMALL + "timeout-seconds = 0", "time-out"),
        (SMALL + "max-cost = 1", "max-cost"),
        (SMALL + 'max-cost = "0.0000000001"', "cost cap"),
        (SMALL + 'mode = "batch"', "oneshot nor stream"),
        (SMALL + "command = [1]", "command"),
        (SMALL + "environment = {A = 1}", "environment.A"),
        (SMALL + 'bundle = "none.py"', "none.py"),
        (SMALL + 'bundle = "empty.py"', "bundle"),
        (SMALL + 'bundle = "long.py"', "bundle"),
        (SMALL.replace('"f"', '"F!"'), "manifest.name"),
        (SMALL.replace(DIGEST, "latest"), "digest"),
        (SMALL + "reuse = true", "stream"),
    ],
)
def test_read_function_file__malformed__refused_by_its_name(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "empty.py").write_bytes(b"")
    (tmp_path / "long.py").write_bytes(bytes(BUNDLE_MAX_BYTES + 1))
    with pytest.raises(FunctionFileError, match=words):
        read_function_file(write(tmp_path, text))


def test_read_function_file__no_file__refused(tmp_path: Path) -> None:
    with pytest.raises(FunctionFileError, match="cannot be read"):
        read_function_file(tmp_path)


@pytest.mark.parametrize(
    "reference", ["", "registry.example/f", f"@{DIGEST}", f"registry.example/f:tag@{DIGEST}"]
)
def test_parse_image__not_pinned__refused(reference: str) -> None:
    with pytest.raises(InvalidManifestError):
        parse_image(reference)
