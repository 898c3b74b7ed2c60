"""`chainfaas function test` and `build` on a real engine, without a chain."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chainfaas.chain.state_folder import StateFolder
from chainfaas.client.errors import ProgramNotBuiltError
from chainfaas.client.function_folder import open_function_folder
from chainfaas.provider.bootstrap.workbench import BuildOrder, open_workbench
from chainfaas.provider.errors import ImageRefusedError
from tests.container_engine import ContainerWorld

COMMAND = (sys.executable, "-c", "from chainfaas.cli.main import main; main()")

Answer = subprocess.CompletedProcess[str]
RunFunction = Callable[..., Answer]


@pytest.fixture
def function(world: ContainerWorld, tmp_path: Path) -> RunFunction:
    """Runs a command below `function` with a shell script as the function's bundle."""

    def run(script: str, *words: str, extra: str = "", content: str = "") -> Answer:
        folder = tmp_path / "f"
        folder.mkdir(exist_ok=True)
        (folder / "function.sh").write_text(script)
        (folder / "function.toml").write_text(
            f'name = "f"\nimage = "{world.python.reference}"\ncommand = ["sh", "/tmp/bundle"]\n'
            f'bundle = "function.sh"\nmemory-mib = 32\n{extra}'
        )
        return subprocess.run(
            (*COMMAND, "--home", str(tmp_path / "home"), "function", *words, str(folder), "--json"),
            input=content,
            env={**os.environ, "DOCKER_HOST": world.engine.url, "CHAINFAAS_CONTROLLER": "http://127.0.0.1:1"},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return run


def document(answer: Answer) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def test_function_test__input_piped_in__output_log_and_what_it_took(function: RunFunction) -> None:
    answer = function(
        "echo seen >&2; tr a-z A-Z", "test", "--price", "2", "--base-fee", "0.001", content="hello"
    )
    assert answer.returncode == 0, answer.stderr
    told = document(answer)
    assert (told["status"], told["output"], told["log"]) == ("SUCCEEDED", "HELLO", "seen\n")
    assert told["cost"]["least"] == str(10**15 + told["billedMs"] * 32 * 2)
    assert told["peakMemoryBytes"] > 0


@pytest.mark.parametrize(
    ("script", "extra", "status"),
    [
        ("echo why >&2; exit 3", "", "FUNCTION_ERROR"),
        ("sleep 60", "timeout-seconds = 0.5", "TIMED_OUT"),
        ("head -c 101 /dev/zero", "output-limit-bytes = 100", "OUTPUT_LIMIT"),
        ("python3 -c 'len(b\"x\" * (64 << 20))'", "", "OUT_OF_MEMORY"),
    ],
)
def test_function_test__function_that_fails__as_a_provider_would_say_it(
    script: str, extra: str, status: str, function: RunFunction
) -> None:
    answer = function(script, "test", extra=extra)
    assert answer.returncode == 1, answer.stderr
    told = document(answer)
    assert (told["status"], told["output"], told["cost"]) == (status, "", None)
    assert told["exitCode"] == 3 or status != "FUNCTION_ERROR"


def test_function_test__reaching_for_the_host__same_walls_as_a_providers(function: RunFunction) -> None:
    looks = (
        "id -u",
        "grep -E 'CapEff|NoNewPrivs|Seccomp:' /proc/self/status",
        "touch /x 2>&1",
        "ls /sys/class/net",
    )
    script = "\n".join(looks)
    told = document(function(script, "test"))["output"].split()
    assert told[0] == "65532"
    assert told[told.index("CapEff:") + 1] == "0" * 16
    assert (told[told.index("NoNewPrivs:") + 1], told[told.index("Seccomp:") + 1]) == ("1", "2")
    assert "Read-only" in told
    assert told[-1] == "lo"


def test_function_build__image_named_in_the_file__the_bundles_hash_alone(
    function: RunFunction, world: ContainerWorld
) -> None:
    told = document(function("cat", "build"))
    assert told["image"] == world.python.reference
    assert (told["bundleBytes"], len(told["bundle"])) == (3, 66)


def test_function_test__no_engine__says_what_to_do(function: RunFunction, tmp_path: Path) -> None:
    function("cat", "build")
    words = ("--home", str(tmp_path / "home"), "function", "test", str(tmp_path / "f"), "--json")
    answer = subprocess.run(
        (*COMMAND, *words),
        env={**os.environ, "DOCKER_HOST": "unix:///nowhere/engine.sock"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    error = json.loads(answer.stderr.splitlines()[-1])["error"]
    assert (answer.returncode, error["code"]) == (7, "engine-missing")
    assert "DOCKER_HOST" in error["remedy"]


def test_build__same_sources_again__same_image_that_a_stranger_may_read(
    world: ContainerWorld, tmp_path: Path
) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    (tmp_path / "private.txt").write_text("mine")
    (tmp_path / "private.txt").chmod(0o600)
    order = BuildOrder("same", tmp_path, "", left_out=("built.json",))
    with open_workbench(StateFolder(tmp_path / "home"), {"DOCKER_HOST": world.engine.url}) as bench:
        first = bench.build(order, lambda _: None)
        (tmp_path / "built.json").write_text("{}")
        again = bench.build(order, lambda _: None)
    assert first.image == again.image
    made = world.client.create_container(first.image.digest, ["/none"])["Id"]
    try:
        _, facts = world.client.get_archive(made, "/private.txt")
    finally:
        world.client.remove_container(made)
    assert facts["mode"] & 0o777 == 0o644


def test_build__image_that_no_provider_runs__refused_before_it_is_pushed(
    world: ContainerWorld, tmp_path: Path
) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /\nVOLUME /data\n")
    order = BuildOrder("volumes", tmp_path, "")
    with (
        open_workbench(StateFolder(tmp_path / "home"), {"DOCKER_HOST": world.engine.url}) as bench,
        pytest.raises(ImageRefusedError, match="volumes"),
    ):
        bench.build(order, lambda _: None)


@pytest.mark.parametrize(
    ("before", "reason"),
    [('["no-such-compiler-here"]', "cannot be run"), ('["sh", "-c", "echo line 7 >&2; exit 1"]', "line 7")],
)
def test_build_program__command_that_fails__says_why(before: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "function.toml").write_text(f'name = "f"\n[build]\nbefore = {before}\n')
    with pytest.raises(ProgramNotBuiltError, match=reason):
        open_function_folder(tmp_path).build_program()
