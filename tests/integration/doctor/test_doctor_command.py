import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from docker import APIClient

from chainfaas.provider.sandbox.containers import engine_socket

PROGRAM = "from chainfaas.cli.main import main; main()"


def command_line(home: Path, *words: str) -> list[str]:
    return [sys.executable, "-c", PROGRAM, "--home", str(home), "provider", "doctor", *words]


def environment_of(client: APIClient) -> dict[str, str]:
    return {**os.environ, "DOCKER_HOST": f"unix://{engine_socket(client)}", "PYTHONUNBUFFERED": "1"}


def doctor(client: APIClient, home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command_line(home, *words),
        capture_output=True,
        text=True,
        env=environment_of(client),
        check=False,
        timeout=120,
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


def test_doctor__provider_that_is_configured__tried_as_it_is(client: APIClient, tmp_path: Path) -> None:
    folder = tmp_path / "providers" / "mine"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text('docker_socket = "/nonsuch.sock"\n')
    done = doctor(client, tmp_path, "mine", "--attack", "host-files")
    assert (done.returncode, "/nonsuch.sock" in done.stderr) == (7, True)
    other = doctor(
        client, tmp_path, "mine", "--attack", "host-files", "--docker-socket", str(engine_socket(client))
    )
    assert other.returncode == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_doctor__ended_by_a_signal__nothing_left(
    client: APIClient, tmp_path: Path, number: signal.Signals
) -> None:
    def present() -> set[str]:
        images = {name for one in client.images(all=True) for name in one["RepoDigests"] or ()}
        return images | {str(one["Id"]) for one in client.containers(all=True)}

    before = present()
    words = command_line(tmp_path, "--attack", "host-files", "--attack", "ignored-signals")
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment_of(client)) as running:
        assert running.stdout is not None
        assert running.stdout.readline().startswith("held")
        assert present() > before
        running.send_signal(number)
        assert running.wait(60) != 0
    assert present() <= before
