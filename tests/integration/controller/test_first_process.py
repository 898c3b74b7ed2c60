"""The controller's first process is killed: nothing of it lingers, and another controller starts at once."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from chainfaas.chain.node.process import ProcessIdentity, read_start_time, wait_for_exit
from tests.integration.controller.controller_world import Grounds, controller_on

GONE_SECONDS = 5.0


def child_of(pid: int) -> ProcessIdentity:
    [child] = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    started = read_start_time(int(child))
    assert started is not None
    return ProcessIdentity(int(child), started)


def test_first_process__killed_while_a_poll_waits__worker_ends_and_the_next_controller_serves(
    grounds_on_demand: Grounds, tmp_path: Path
) -> None:
    with controller_on(grounds_on_demand, tmp_path) as controller, ThreadPoolExecutor() as pool:
        assert controller.process is not None
        provider = grounds_on_demand.provider(0, controller.url)
        place = controller.submit("quick")
        provider.poll()
        waiting = pool.submit(provider.poll, 20_000)
        worker = child_of(controller.process.pid)

        os.kill(controller.process.pid, signal.SIGKILL)
        controller.process.wait()
        assert wait_for_exit(worker, GONE_SECONDS)
        assert waiting.exception() is not None

        controller.start()
        provider.log_in()
        provider.run_one()
        assert controller.request("GET", place, Prefer="wait=5").json()["state"] == "succeeded"
