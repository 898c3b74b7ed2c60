"""Providers that fall silent, and a chain that does."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from chainfaas.chain.node.waiting import wait_until
from chainfaas.domain.identifiers import JobId
from tests.fake_provider import FakeProvider, Ran
from tests.integration.conftest import NewNetwork
from tests.integration.controller.controller_world import Grounds, RunningController, as_json, controller_on
from tests.integration.deployed_network import DeployedNetwork

LEASE = "1"


def test_provider__dies_with_a_job__run_elsewhere_and_paid_once(
    grounds_on_demand: Grounds, tmp_path: Path
) -> None:
    with controller_on(grounds_on_demand, tmp_path, lease_seconds=LEASE) as controller:
        dead, other = (grounds_on_demand.provider(number, controller.url) for number in (0, 1))
        with ThreadPoolExecutor() as pool:
            answer = pool.submit(controller.call, "quick")
            dead.poll(5_000)
            [lost] = dead.running
            job = other.run_one(Ran(output=b"from the other"))
            assert answer.result().body == b"from the other"
        assert dead.report(lost).status == 409
        assert dead.settlements(lost).settlement is None
        assert controller.claim(1, other, job) == "fast"
        shown = as_json(
            controller.request("GET", f"/v1/invocations/{answer.result().headers['ChainFaaS-Invocation']}")
        )
        assert [each["state"] for each in shown["jobs"]] == ["lost", "ended"]
        # What was lost does not stay unseen: it is opened, and expires in its time.
        is_shown = wait_until(lambda: controller.job(lost)["chain"] is not None, time.monotonic() + 30)
        assert is_shown, controller.log()
        assert controller.job(lost)["chain"]["state"] == "open"


def test_chain__unreachable__calls_go_on_and_the_ledger_catches_up(
    new_network: NewNetwork, tmp_path: Path
) -> None:
    network = new_network(signers=1, period_seconds=1)
    network.start()
    grounds = Grounds.made(DeployedNetwork.on(network))
    with controller_on(grounds, tmp_path) as controller:
        provider = grounds.provider(0, controller.url)
        network.stop_node(1)
        jobs = [answered(controller, provider, name) for name in ("quick", "long")]
        assert as_json(controller.request("GET", "/healthz"))["status"] == "ok"
        network.start_node(1)
        for job in jobs:
            controller.claim(0, provider, job)
        assert grounds.escrow()[1] == 0


def answered(controller: RunningController, provider: FakeProvider, name: str) -> JobId:
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(controller.call, name)
        job = provider.run_one(Ran(output=b"done"))
        assert answer.result().body == b"done"
    return job
