"""From a template to a paid call, with the commands that `function new` prints and a README shows."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

BIN = Path(sys.executable).parent
LONGEST_SECONDS = 600
ANSWERS: dict[str, dict[str, float]] = {
    "python": {"count": 3, "sum": 9, "mean": 3.0},
    "node": {"words": 10, "different": 8},
    "go": {"words": 10, "different": 8},
    "shell": {"lines": 1, "words": 10, "bytes": 43},
}

Answer = subprocess.CompletedProcess[str]


@dataclass(frozen=True)
class Place:
    """A folder to work in, and a state folder of its own."""

    folder: Path
    home: Path

    def run(self, line: str) -> Answer:
        """Run a documented line in a shell, as a reader of the documents would."""
        environment = {
            **os.environ,
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "CHAINFAAS_HOME": str(self.home),
            "COLUMNS": "200",
        }
        return subprocess.run(
            ["sh", "-c", line],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=LONGEST_SECONDS,
        )

    def must(self, line: str) -> str:
        """Run a line that has to succeed, and return its output."""
        answer = self.run(line)
        assert answer.returncode == 0, f"{line}\n{answer.stdout}{answer.stderr}"
        return answer.stdout

    def document(self, line: str) -> dict[str, Any]:
        """Run a line that has to succeed, and return the document that it prints."""
        found: dict[str, Any] = json.loads(self.must(f"{line} --json"))
        return found


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    made = Place(tmp_path_factory.mktemp("w"), tmp_path_factory.mktemp("k"))
    try:
        made.must("chainfaas up")
        made.must("chainfaas wallet new && chainfaas faucet && chainfaas wallet deposit 20 --for 1")
        yield made
    finally:
        made.run("chainfaas down")


@pytest.fixture(scope="module")
def steps(place: Place) -> dict[str, list[Answer]]:
    """What the steps that `function new` prints for each template came to; all templates at once."""

    def follow(template: str) -> list[Answer]:
        made = place.document(f"chainfaas function new my-{template} --template {template}")
        return [place.run(f"{step} --json") for step in made["next"]]

    with ThreadPoolExecutor() as crew:
        return dict(zip(ANSWERS, crew.map(follow, ANSWERS), strict=True))


def may_skip(template: str, answers: list[Answer]) -> None:
    """Skip where this machine cannot have a base for Node, and say why; never for another reason."""
    [error] = [answer.stderr for answer in answers if answer.returncode][:1] or [""]
    if template == "node" and "mmdebstrap" in error:
        pytest.skip(f"an image with Node can neither be fetched nor made of packages here: {error[-300:]}")


@pytest.mark.parametrize("template", ANSWERS)
def test_function_new__steps_that_it_prints__end_in_a_paid_call(
    template: str, steps: dict[str, list[Answer]], place: Place
) -> None:
    answers = steps[template]
    may_skip(template, answers)
    for answer in answers:
        assert answer.returncode == 0, answer.stdout + answer.stderr
    tried, built, published, called = (json.loads(answer.stdout) for answer in answers)

    assert (tried["status"], json.loads(tried["output"])) == ("SUCCEEDED", ANSWERS[template])
    assert 0 < int(tried["cost"]["least"]) <= int(tried["cost"]["most"])
    assert tried["log"]
    assert re.fullmatch(rf"127\.0\.0\.1:\d+/my-{template}@sha256:[0-9a-f]{{64}}", built["image"])
    assert ("bundle" in built) is (template in {"python", "shell"})
    assert len(published["transactions"]) == 2
    assert json.loads(called["output"]) == ANSWERS[template]
    assert int(called["cost"]) > 0


def test_function_logs__after_the_call__its_log_and_its_cost(
    steps: dict[str, list[Answer]], place: Place
) -> None:
    [line] = place.must("chainfaas function logs my-go --json").splitlines()
    called = json.loads(steps["go"][-1].stdout)
    told = json.loads(line)
    assert (told["invocation"], told["log"], told["cost"]) == (
        called["invocation"],
        "43 bytes came\n",
        called["cost"],
    )
    head, log = place.must("chainfaas function logs my-go").splitlines()
    assert called["invocation"] in head
    assert log == "  43 bytes came"


def test_function_watch__a_call_comes__a_line_says_so_and_interrupt_ends_it(
    steps: dict[str, list[Answer]], place: Place
) -> None:
    watching = subprocess.Popen(
        [BIN / "chainfaas", "function", "watch", "my-go", "--json"],
        env={**os.environ, "CHAINFAAS_HOME": str(place.home)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert watching.stdout is not None
        before = json.loads(watching.stdout.readline())
        place.must("chainfaas invoke my-go --text new")
        now = json.loads(watching.stdout.readline())
        while now["state"] != "succeeded":
            now = json.loads(watching.stdout.readline())
        assert now["invocation"] != before["invocation"]
        assert now["status"] == "SUCCEEDED"
    finally:
        with watching:
            watching.send_signal(signal.SIGINT)
    assert watching.returncode == 0


def test_publish__live_already_and_changed_since__nothing_sent_and_refused(
    steps: dict[str, list[Answer]], place: Place
) -> None:
    assert place.document("chainfaas function publish my-go")["transactions"] == []
    with (place.folder / "my-go" / "main.go").open("a") as file:
        file.write("// changed\n")

    refused = place.run("chainfaas function publish my-go --json")

    assert json.loads(refused.stderr.splitlines()[-1])["error"]["code"] == "build-outdated"


def test_readme__python__own_tests_and_a_call_without_a_sandbox(
    steps: dict[str, list[Answer]], place: Place
) -> None:
    readme = (place.folder / "my-python" / "README.md").read_text()
    local = [line.partition("  #")[0].strip() for line in readme.splitlines() if "    python3 " in line]
    shutil.copytree(place.folder / "my-python", place.folder / "elsewhere")
    assert len(local) == 2
    tested, called = (place.run(f"cd elsewhere && {line}") for line in local)
    assert (tested.returncode, "OK" in tested.stderr) == (0, True), tested.stderr
    assert json.loads(called.stdout) == ANSWERS["python"]
