"""`chainfaas chain` as its users run it: one process a command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chainfaas.chain.node.local_network import LocalNetwork

Answer = subprocess.CompletedProcess[str]
Chainfaas = Callable[..., Answer]

ENTRY = "from chainfaas.cli.main import main; main()"


def _run(home: Path, *words: str, answer: str = "") -> Answer:
    return subprocess.run(
        [sys.executable, "-c", ENTRY, *words],
        env=os.environ | {"CHAINFAAS_HOME": str(home), "COLUMNS": "200"},
        input=answer,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    if (tmp_path / "network.toml").exists():
        LocalNetwork.open(tmp_path).stop()


def test_up__new_folder__network_survives_the_command(home: Path) -> None:
    up = _run(home, "chain", "up", "--signers", "1", "--period", "0", "--json")
    assert up.returncode == 0, up.stderr
    [node] = json.loads(up.stdout)["nodes"]
    assert (node["running"], node["sealing"]) == (True, True)

    again = _run(home, "chain", "up", "--json")
    assert json.loads(again.stdout)["nodes"][0]["pid"] == node["pid"]

    other = _run(home, "chain", "up", "--signers", "2")
    assert (other.returncode, other.stdout) == (5, "")
    assert "chain reset" in other.stderr

    down = _run(home, "chain", "down")
    assert down.returncode == 0
    status = _run(home, "chain", "status")
    assert (status.returncode, "stopped" in status.stdout) == (0, True)

    refused = _run(home, "chain", "reset", answer="n\n")
    assert refused.returncode == 1
    assert (home / "network.toml").exists()
    wiped = _run(home, "chain", "reset", "--yes")
    assert wiped.returncode == 0
    assert not (home / "network.toml").exists()


@pytest.mark.parametrize("words", [("status",), ("down",), ("reset", "--yes")])
def test_chain__no_network__says_what_to_do(home: Path, words: tuple[str, ...]) -> None:
    answer = _run(home, "chain", *words)

    assert (answer.returncode, answer.stdout) == (7, "")
    assert "There is no network" in answer.stderr
    assert "→ Start one with `chainfaas chain up`." in answer.stderr
    assert "Traceback" not in answer.stderr


def test_chain__no_network_for_a_machine__one_document(home: Path) -> None:
    answer = _run(home, "chain", "status", "--json")

    assert json.loads(answer.stderr)["error"]["code"] == "network-file"


@pytest.mark.parametrize("words", [("up", "--signers", "10"), ("up", "--period", "-1"), ("fly",)])
def test_chain__words_not_understood__usage(home: Path, words: tuple[str, ...]) -> None:
    answer = _run(home, "chain", *words)

    assert answer.returncode == 2
    assert list(home.iterdir()) == []


def test_install__program_there__prints_where(home: Path) -> None:
    answer = _run(home, "chain", "install", "--json")

    assert os.access(json.loads(answer.stdout)["program"], os.X_OK)


@pytest.mark.parametrize(
    "words", [(), ("--help",), ("chain", "--help"), ("chain", "up", "--help"), ("--version",)]
)
def test_help__any_command__web3_is_not_loaded(home: Path, words: tuple[str, ...]) -> None:
    entry = (
        f"import atexit, sys; atexit.register(lambda: print('web3' in sys.modules, file=sys.stderr)); {ENTRY}"
    )
    answer = subprocess.run(
        [sys.executable, "-c", entry, *words], capture_output=True, text=True, check=False, timeout=60
    )

    assert answer.stderr.splitlines()[-1] == "False"


def test_home__option__wins_over_the_variable(home: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    answer = _run(home, "--home", str(elsewhere), "chain", "status")

    assert str(elsewhere) in answer.stderr
