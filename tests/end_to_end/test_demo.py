"""The demonstration as a newcomer runs it: real network, real containers, real payments, one process each."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-c", "from chainfaas.cli.main import main; main()")
LONGEST_SECONDS = 600

Answer = subprocess.CompletedProcess[str]
Chainfaas = Callable[..., Answer]


def run(*words: str) -> Answer:
    return subprocess.run(
        words, cwd=ROOT, capture_output=True, text=True, check=False, timeout=LONGEST_SECONDS
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("h")
    yield folder
    run(*COMMAND, "--home", str(folder), "down")


@pytest.fixture(scope="module")
def chainfaas(home: Path) -> Chainfaas:
    return lambda *words: run(*COMMAND, "--home", str(home), *words)


@pytest.fixture(scope="module")
def first_run(home: Path) -> Answer:
    return run(sys.executable, "-m", "tools.demo", "--home", str(home))


@pytest.fixture(scope="module")
def jobs(home: Path, first_run: Answer) -> list[dict[str, Any]]:
    assert first_run.returncode == 0, first_run.stderr + first_run.stdout
    document: dict[str, list[dict[str, Any]]] = json.loads((home / "demo.json").read_text())
    return document["jobs"]


def test_demo__first_run__every_kind_of_job_paid(first_run: Answer, jobs: list[dict[str, Any]]) -> None:
    assert first_run.stdout.splitlines()[-1] == f"demo: paid {len(jobs)} jobs, 0 failed"
    assert len(jobs) >= 8
    assert all(job["paid"] and int(job["cost"]) > 0 for job in jobs)
    assert {job["path"] for job in jobs} == {"fast", "opened"}
    assert {job["provider"] for job in jobs} == {1, 2}
    assert {job["status"] for job in jobs} >= {"SUCCEEDED", "FUNCTION_ERROR", "TIMED_OUT"}
    times = {name for job in jobs for name, duration in job["timesMs"].items() if duration is not None}
    assert times == {"prc", "prv", "cmp", "rsp", "bil"}


def test_demo__second_run__uses_what_is_there(
    home: Path, chainfaas: Chainfaas, jobs: list[dict[str, Any]]
) -> None:
    before = json.loads(chainfaas("function", "list", "-w", "demo", "--json").stdout)

    second = run(sys.executable, "-m", "tools.demo", "--home", str(home))

    assert second.returncode == 0, second.stderr + second.stdout
    again = json.loads((home / "demo.json").read_text())["jobs"]
    assert re.fullmatch(rf"demo: paid {len(again)} jobs, 0 failed", second.stdout.splitlines()[-1])
    assert not {job["job"] for job in again} & {job["job"] for job in jobs}
    assert json.loads(chainfaas("function", "list", "-w", "demo", "--json").stdout) == before


def test_invoke__input_piped_in__is_what_the_function_gets(
    home: Path, chainfaas: Chainfaas, jobs: list[dict[str, Any]]
) -> None:
    words = (*COMMAND, "--home", str(home), "invoke", "number-summary", "-w", "demo")
    called = subprocess.run(
        words, input="1\n2\n6\n", capture_output=True, text=True, check=False, timeout=LONGEST_SECONDS
    )
    assert called.returncode == 0, called.stderr
    summary = json.loads(called.stdout)
    assert (summary["count"], summary["mean"]) == (3, 3.0)


def test_verify__receipts_of_the_demo__hold_and_one_byte_breaks_them(
    home: Path, chainfaas: Chainfaas, jobs: list[dict[str, Any]], tmp_path: Path
) -> None:
    [deployments] = (home / "deployments").glob("*.json")
    receipt = tmp_path / "receipt.json"
    for job in _one_of_each_status(jobs):
        fetched = chainfaas("invocation", "receipt", job["invocation"], "-w", "demo", "-o", str(receipt))
        assert fetched.returncode == 0, fetched.stderr
        verified = chainfaas("verify", str(receipt), "--network", str(deployments), "--json")
        found = json.loads(verified.stdout)
        assert (verified.returncode, found["job"], found["status"]) == (0, job["job"], job["status"])
        assert found["receiptHash"] == _chain_job(chainfaas, job["job"])["chain"]["receiptHash"]
    receipt.write_bytes(receipt.read_bytes().replace(b'"attempt":1', b'"attempt":2'))
    assert chainfaas("verify", str(receipt)).returncode == 1


def test_job_show__read_model_spoilt_and_thrown_away__same_from_the_chain(
    home: Path, chainfaas: Chainfaas, jobs: list[dict[str, Any]]
) -> None:
    shown = [*_one_of_each_status(jobs), *_one_of_each_status(jobs[::-1])]
    numbers = [job["job"] for job in shown]
    before = [_chain_job(chainfaas, number) for number in numbers]
    for document, job in zip(before, shown, strict=True):
        names = [event["name"] for event in document["events"]]
        assert "BatchOpened" in names
        assert {"JobRecorded", "JobSettled"} & set(names)
        assert all(event["block"] and event["time"] and event["transaction"] for event in document["events"])
        assert (document["chain"]["cost"], document["chain"]["path"]) == (job["cost"], job["path"])

    for words in (("stop",), ("rebuild",), ("start", "--detach")):
        outcome = chainfaas("controller", *words)
        assert outcome.returncode == 0, outcome.stderr
        if words == ("stop",):
            with closing(sqlite3.connect(home / "chainfaas.sqlite3")) as database, database:
                database.execute("UPDATE chain_jobs SET cost = 1")
                database.execute("DELETE FROM chain_events")

    assert [_chain_job(chainfaas, number) for number in numbers] == before


def test_down__then_up__everything_goes_on(chainfaas: Chainfaas, jobs: list[dict[str, Any]]) -> None:
    assert chainfaas("status").returncode == 0
    assert chainfaas("down").returncode == 0
    stopped = chainfaas("status", "--json")
    assert stopped.returncode == 1
    parts = json.loads(stopped.stdout)
    assert not any(part["running"] for part in parts["parts"])
    assert not any(node["running"] for node in parts["network"]["nodes"])

    up = chainfaas("up", "--json")

    assert json.loads(up.stdout)["works"], up.stderr
    assert _chain_job(chainfaas, jobs[0]["job"])["chain"]["state"] in {"settled", "recorded"}


def test_reset__after_the_demo__chain_gone_and_keys_there(
    home: Path, chainfaas: Chainfaas, jobs: list[dict[str, Any]]
) -> None:
    assert chainfaas("reset", "--yes").returncode == 0

    assert not (home / "network.toml").exists()
    assert (home / "keys" / "demo.json").exists()
    nothing = chainfaas("status", "--json")
    assert (nothing.returncode, json.loads(nothing.stderr)["error"]["code"]) == (4, "not-found")


def _one_of_each_status(jobs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return list({job["status"]: job for job in jobs}.values())


def _chain_job(chainfaas: Chainfaas, number: str) -> dict[str, Any]:
    shown = chainfaas("job", "show", number, "-w", "demo", "--json")
    assert shown.returncode == 0, shown.stderr
    document: dict[str, Any] = json.loads(shown.stdout)
    return document
