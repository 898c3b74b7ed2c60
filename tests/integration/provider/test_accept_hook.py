"""The accept hook as a real program: what it is told, and that whatever goes wrong means no."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from chainfaas.chain.node.waiting import wait_until
from chainfaas.provider.bootstrap.owners_rules import owners_rules
from chainfaas.provider.journal.job_state import JobState
from chainfaas.provider.offers.accept_hook import AcceptHook
from chainfaas.provider.settings import load_provider_settings
from tests.integration.provider.conftest import RunDaemon
from tests.integration.provider.provider_world import ProviderWorld

PATIENCE_SECONDS = 20.0


def script(folder: Path, text: str, mode: int = 0o700) -> Path:
    file = folder / "hook"
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(mode)
    return file


def ask(program: Path, timeout_seconds: float = PATIENCE_SECONDS) -> str | None:
    return AcceptHook(program, timeout_seconds).ask({"job": "1", "developer": "0x01"})


def test_ask__exit_code_0__yes_and_one_line_of_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_THE_DAEMON", "1")
    hook = script(tmp_path, f"cat > {tmp_path}/facts; env > {tmp_path}/env; pwd > {tmp_path}/place")
    assert ask(hook) is None
    assert json.loads((tmp_path / "facts").read_text()) == {"job": "1", "developer": "0x01"}
    assert "SECRET" not in (tmp_path / "env").read_text()
    assert (tmp_path / "place").read_text() == "/\n"


def test_ask__does_not_read_and_says_yes__yes(tmp_path: Path) -> None:
    assert ask(script(tmp_path, "exec 0<&-; exit 0")) is None


@pytest.mark.parametrize("text", ["exit 1", "kill -9 $$", "exec /does/not/exist"])
def test_ask__another_end__no(tmp_path: Path, text: str) -> None:
    assert "says no" in (ask(script(tmp_path, text)) or "")


def test_ask__cannot_be_started__no(tmp_path: Path) -> None:
    assert "could not ask" in (ask(script(tmp_path, "exit 0", mode=0o600)) or "")
    assert "could not ask" in (ask(tmp_path / "nothing") or "")


def test_ask__takes_too_long__no_and_all_of_it_is_killed(tmp_path: Path) -> None:
    hook = script(tmp_path, f"sleep 1000 & echo $! > {tmp_path}/child; wait")
    assert "could not ask" in (ask(hook, 1.0) or "")
    child = int((tmp_path / "child").read_text())
    assert wait_until(lambda: not is_running(child), time.monotonic() + PATIENCE_SECONDS)


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_daemon__hook_says_no_to_a_version__that_is_declined_and_others_run(
    world: ProviderWorld, run_daemon: RunDaemon, tmp_path: Path
) -> None:
    fake, other = world.controller, world.publish()
    hook = script(tmp_path, f"! grep -q '\"version\": {other},'")
    with run_daemon(accept_hook=hook, accept_hook_ms=20_000):
        (good,) = fake.assign_batch(world.wanted, [b"yes"])
        fake.wait_for_reports([good])
        world.wait_for_payment(good)
        (bad,) = fake.assign_batch(type(world.wanted)(world.provider_id, other, world.wanted.offer), [b"no"])
        fake.wait_for_reports([bad])
        record = world.wait_for_state(bad, JobState.FREE)
    assert record.reason.startswith("hook: ")


def test_owners_rules__settings_of_every_kind__taken(world: ProviderWorld, tmp_path: Path) -> None:
    flags = {
        "hours": "22:00-06:00,12:00-13:00",
        "owners_denied": "0x" + "11" * 20,
        "images_denied": "a.example",
    }
    rules = owners_rules(load_provider_settings(world.folder, flags))
    assert (len(rules.schedule.spans), len(rules.owners_denied), rules.images_denied) == (
        2,
        1,
        ("a.example",),
    )
