"""`chainfaas function` on a real network, as a developer types it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chainfaas.client.wallets import create_wallet, unlock_wallet
from tests.integration.deployed_network import DeployedNetwork
from tests.unit.cli.command_run import CommandOutcome, run_command

Commands = Callable[..., CommandOutcome]
OWNER = "publisher"
FILE = 'name = "{name}"\nimage = "registry.example/f@sha256:{digest}"\nmemory-mib = {memory}\n'


@pytest.fixture(scope="module")
def home(deployed_on_demand: DeployedNetwork) -> str:
    """The network's folder, with a wallet that has coin."""
    folder = deployed_on_demand.network.folder
    create_wallet(folder, OWNER)
    deployed_on_demand.give_coin([unlock_wallet(folder, OWNER)])
    return str(folder.root)


@pytest.fixture
def commands(home: str, capsys: pytest.CaptureFixture[str]) -> Commands:
    return lambda *words: run_command(capsys, "--home", home, "function", *words)


def publish(commands: Commands, folder: Path, name: str, memory_mib: int = 64) -> dict[str, Any]:
    text = FILE.format(name=name, digest="ab" * 32, memory=memory_mib)
    (folder / "function.toml").write_text(text)
    done = commands("publish", str(folder), "-w", OWNER, "--json")
    assert done.code == 0, done.err
    document: dict[str, Any] = json.loads(done.out)
    return document


def shown(commands: Commands, name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(commands("show", name, "-w", OWNER, "--json").out)
    return document


def test_publish__new_then_same_then_other__two_one_and_no_transactions(
    commands: Commands, tmp_path: Path
) -> None:
    first = publish(commands, tmp_path, "counter")
    again = publish(commands, tmp_path, "counter")
    other = publish(commands, tmp_path, "counter", memory_mib=65)

    assert [len(each["transactions"]) for each in (first, again, other)] == [2, 0, 1]
    assert first["function"] == again["function"] == other["function"]
    assert again["version"] == first["version"] != other["version"]
    found = shown(commands, "counter")
    assert (found["live"], [each["memoryMiB"] for each in found["versions"]]) == (other["version"], [64, 65])
    assert shown(commands, first["function"]) == found


def test_rollback__then_publish__an_old_version_is_set_live_again(commands: Commands, tmp_path: Path) -> None:
    first, second = (publish(commands, tmp_path, "roller", memory_mib)["version"] for memory_mib in (64, 65))

    assert json.loads(commands("rollback", "roller", "-w", OWNER, "--json").out)["live"] == first
    none_before = commands("rollback", "roller", "-w", OWNER, "--json")
    assert (none_before.code, none_before.error["code"]) == (5, "conflict")
    assert publish(commands, tmp_path, "roller", 65)["version"] == second
    assert len(shown(commands, "roller")["versions"]) == 2
    assert commands("set-live", "roller", "0", "-w", OWNER).code == 0
    assert shown(commands, "roller")["live"] is None


def test_retire__then_publish__a_new_function_of_that_name(commands: Commands, tmp_path: Path) -> None:
    first = publish(commands, tmp_path, "phoenix")
    unsure = commands("retire", "phoenix", "-w", OWNER, "--json")
    assert (unsure.code, unsure.error["code"]) == (3, "invalid-input")

    assert commands("retire", "phoenix", "-w", OWNER, "--yes").code == 0

    assert commands("retire", "phoenix", "-w", OWNER, "--yes").code == 5
    assert publish(commands, tmp_path, "phoenix")["function"] != first["function"]


@pytest.mark.parametrize(
    ("words", "exit_code", "code"),
    [
        (("show", "nothing"), 4, "function-unknown"),
        (("set-live", "nothing", "1"), 4, "function-unknown"),
        (("set-live", "counter", "4000000"), 8, "contract-refused"),
        (("publish", "none"), 3, "function-file"),
        (("publish", "none", "--image", "registry.example/f:latest"), 3, "invalid-manifest"),
    ],
)
def test_function__bad_input__refused_with_its_code(
    commands: Commands, tmp_path: Path, words: tuple[str, ...], exit_code: int, code: str
) -> None:
    publish(commands, tmp_path, "counter", memory_mib=65)
    outcome = commands(*words, "-w", OWNER, "--json")

    assert (outcome.code, outcome.error["code"]) == (exit_code, code)


def test_list__own_and_all__tables_with_names(commands: Commands, tmp_path: Path) -> None:
    publish(commands, tmp_path, "listed")

    assert "listed" in commands("list", "-w", OWNER).out
    assert "listed" in commands("list", "--all").out
    assert commands("list", "-w", "developer-2").out.splitlines()[1:] == []


@pytest.mark.parametrize("line", ["memory-mib = 1", "memory-mib = 64\ntimeout-seconds = 901"])
def test_publish__outside_the_bounds__bounds_are_said_and_no_function_is_made(
    commands: Commands, tmp_path: Path, line: str
) -> None:
    text = FILE.format(name="huge", digest="ab" * 32, memory=64).replace("memory-mib = 64", line)
    (tmp_path / "function.toml").write_text(text)
    before = commands("list", "-w", OWNER, "--json").out
    outcome = commands("publish", str(tmp_path), "-w", OWNER, "--json")

    assert outcome.code == 6
    assert " to " in outcome.error["message"]
    assert commands("list", "-w", OWNER, "--json").out == before
