import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from docker import APIClient

from chainfaas.provider.sandbox.containers import engine_socket

PROGRAM = "from chainfaas.cli.main import main; main()"


def doctor(client: APIClient, home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", PROGRAM, "--home", str(home), "provider", "doctor"]
    environment = {**os.environ, "DOCKER_HOST": f"unix://{engine_socket(client)}"}
    return subprocess.run(
        [*command, *words], capture_output=True, text=True, env=environment, check=False, timeout=120
    )


def test_doctor__all_held__says_so_in_its_last_line(client: APIClient, tmp_path: Path) -> None:
    done = doctor(client, tmp_path, "--attack", "host-files", "--attack", "capabilities")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.split()[:3] for line in lines[:2]] == [
        ["held", "escape", "host-files"],
        ["held", "set-uid", "capabilities"],
    ]
    assert lines[-1] == "2/2 held"


def test_doctor__flag_dropped__fails_and_shows_what_got_through(client: APIClient, tmp_path: Path) -> None:
    done = doctor(client, tmp_path, "--break", "user", "--json")
    assert done.returncode == 1
    document = json.loads(done.stdout)
    assert (document["held"], document["of"]) == (0, 3)
    attacks = {attack["id"]: attack for attack in document["attacks"]}
    assert "read /root-only" in attacks["roots-file"]["fault"]
    assert attacks["roots-file"]["class"] == "set-uid"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--attack", "nonsuch"), 3, "nonsuch"),
        (("--break", "nonsuch"), 3, "read-only-root"),
        (("--runtime", "nonsuch"), 7, "runc"),
    ],
)
def test_doctor__what_there_is_not__refused_by_name(
    client: APIClient, tmp_path: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    done = doctor(client, tmp_path, *words)
    assert done.returncode == code
    assert said in done.stderr


def test_doctor__list__runs_nothing(client: APIClient, tmp_path: Path) -> None:
    done = doctor(client, tmp_path, "--list", "--json")
    assert len(json.loads(done.stdout)["attacks"]) >= 40
