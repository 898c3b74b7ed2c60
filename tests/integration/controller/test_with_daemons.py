"""A real provider's daemon, its sandboxes played, at a real controller on a real network."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import tomli_w

from chainfaas.chain.deployments import deployments_path
from chainfaas.chain.node.waiting import wait_until
from chainfaas.domain.identifiers import JobId
from chainfaas.provider.bootstrap.build_provider import build_provider
from chainfaas.provider.sandbox.noop_runtime import FunctionFailedError, Said
from chainfaas.provider.settings import load_provider_settings
from tests.integration.controller.controller_world import Grounds, RunningController
from tests.integration.provider.sandboxes import noop_sandboxes

PATIENCE_SECONDS = 60.0


def function(content: bytes) -> Said:
    if content == b"fail":
        raise FunctionFailedError(exit_code=3, log=b"asked to")
    return Said(content[::-1], b"log of " + content[:20])


@contextmanager
def daemon(grounds: Grounds, number: int, url: str, folder: Path) -> Iterator[None]:
    folder.mkdir()
    network = grounds.deployed.network
    names = ("provider-1", "provider-2")
    for ending in ("json", "password"):
        (folder / f"operator.{ending}").write_bytes(
            (network.folder.keys / f"{names[number]}.{ending}").read_bytes()
        )
        (folder / f"operator.{ending}").chmod(0o600)
    settings = {
        "provider_id": grounds.providers[number],
        "controllers": [url],
        "rpc": str(network.socket_path(number + 2)),
        "deployments": str(deployments_path(network.folder, network.chain_id)),
        "image_repositories": ["registry.example"],
        "block_period_seconds": float(network.period_seconds),
        "drain_seconds": 5,
        "jobs": 8,
        "cpu_millis": 8_000,
    }
    (folder / "config.toml").write_text(tomli_w.dumps(settings))
    loaded = load_provider_settings(folder, {})
    with build_provider(folder, loaded, noop_sandboxes(function)) as made:
        made.start()
        try:
            yield
        finally:
            made.stop()


def test_calls__two_daemons__every_call_answered_and_paid(
    controller_on_demand: RunningController, tmp_path: Path
) -> None:
    controller = controller_on_demand
    grounds = controller.grounds
    reserved_before = grounds.escrow()[1]
    with ExitStack() as stack:
        for number in (0, 1):
            stack.enter_context(daemon(grounds, number, controller.url, tmp_path / f"p{number}"))
        inputs = [b"one", b"fail", b"x" * 300_000, *(b"call %d" % number for number in range(12))]
        names = ["quick", "long"]
        with ThreadPoolExecutor(8) as pool:
            replies = list(
                pool.map(lambda item: controller.call(names[item[0] % 2], item[1]), enumerate(inputs))
            )
        for content, reply in zip(inputs, replies, strict=True):
            if content == b"fail":
                assert (reply.status, reply.json()["exitCode"]) == (502, 3)
            else:
                assert (reply.status, reply.body) == (200, content[::-1])
        jobs = [JobId(int(reply.headers["ChainFaaS-Job"])) for reply in replies]
        end = time.monotonic() + PATIENCE_SECONDS
        for job in jobs:
            assert wait_until(partial(is_paid, controller, job), end), (job, controller.log())
    paths = {controller.job(job)["chain"]["path"] for job in jobs}
    assert paths == {"fast", "opened"}
    # Jobs that other tests had lost may still wait for their time to expire; these left nothing behind.
    assert grounds.escrow()[1] <= reserved_before


def is_paid(controller: RunningController, job: JobId) -> bool:
    chain = controller.job(job)["chain"]
    return chain is not None and chain["state"] in ("settled", "recorded") and chain["cost"] != "0"
