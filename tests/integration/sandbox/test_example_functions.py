import io
import json
import os
import struct
import zlib

import pytest

from chainfaas.domain.identifiers import VersionId
from chainfaas.domain.outcomes import Status
from chainfaas.provider.sandbox.docker_runtime import DockerRuntime
from chainfaas.provider.sandbox.runtime import Call, CallResult, SandboxRequest
from tests.container_engine import ContainerWorld
from tools.example_functions import ExampleFunction, example_functions, publish_images


@pytest.fixture(scope="module")
def examples(world: ContainerWorld) -> dict[str, ExampleFunction]:
    images = publish_images(world.client, world.registry, os.environ)
    return {example.name: example for example in example_functions(images)}


def run(runtime: DockerRuntime, example: ExampleFunction) -> CallResult:
    sandbox = runtime.prepare(
        SandboxRequest(VersionId(1), example.manifest, example.memory_mib, example.bundle)
    )
    try:
        limit = example.manifest.output_limit_bytes
        return sandbox.run(Call(example.content, example.timeout_ms, limit))
    finally:
        sandbox.discard()


@pytest.mark.parametrize("name", ["word-count", "mandelbrot", "number-summary", "always-fails", "never-ends"])
def test_run__each_example__ends_as_it_should(
    name: str, examples: dict[str, ExampleFunction], runtime: DockerRuntime
) -> None:
    result = run(runtime, examples[name])
    assert result.status is examples[name].status, result.log.decode()


def test_run__word_count__counts_four_megabytes(
    examples: dict[str, ExampleFunction], runtime: DockerRuntime
) -> None:
    example = examples["word-count"]
    assert len(example.content) == 4 << 20
    answer = json.loads(run(runtime, example).output)
    assert answer["words"] > answer["different"] > 10_000
    assert "self" in answer["most"]


def test_run__mandelbrot__gives_a_picture(
    examples: dict[str, ExampleFunction], runtime: DockerRuntime
) -> None:
    picture = io.BytesIO(run(runtime, examples["mandelbrot"]).output)
    assert picture.read(8) == b"\x89PNG\r\n\x1a\n"
    length, kind = struct.unpack(">I4s", picture.read(8))
    header = picture.read(length)
    assert (kind, struct.unpack(">II", header[:8])) == (b"IHDR", (640, 480))
    assert struct.unpack(">I", picture.read(4))[0] == zlib.crc32(kind + header)


def test_run__number_summary__answers_and_logs(
    examples: dict[str, ExampleFunction], runtime: DockerRuntime
) -> None:
    result = run(runtime, examples["number-summary"])
    assert json.loads(result.output)["count"] == 1_000
    assert result.log == b"1000 numbers came\n"


def test_run__function_that_fails__says_why_in_its_log(
    examples: dict[str, ExampleFunction], runtime: DockerRuntime
) -> None:
    result = run(runtime, examples["always-fails"])
    assert (result.status, result.exit_code, result.output) == (Status.FUNCTION_ERROR, 1, b"")
    assert result.log.startswith(b"looking at 8 bytes\nTraceback")
    assert b"ValueError: this function fails on purpose" in result.log


@pytest.mark.parametrize(
    ("bundle", "said"),
    [
        (b"def handle(content", b"SyntaxError"),
        (b"x = 1", b"no function handle"),
        (b"import nothing_like_this", b"ModuleNotFoundError"),
    ],
)
def test_run__bundle_that_cannot_be_loaded__function_error_with_a_reason(
    examples: dict[str, ExampleFunction], runtime: DockerRuntime, bundle: bytes, said: bytes
) -> None:
    example = examples["number-summary"]
    sandbox = runtime.prepare(SandboxRequest(VersionId(1), example.manifest, 64, bundle))
    result = sandbox.run(Call(b"1", 10_000, 100))
    sandbox.discard()
    assert (result.status, result.exit_code) == (Status.FUNCTION_ERROR, 1)
    assert said in result.log
