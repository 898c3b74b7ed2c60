"""The controller dies at each of its named points, comes back, and every call is answered and paid once."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from chainfaas.controller.crash_points import ControllerPoint
from chainfaas.domain.identifiers import JobId
from tests.fake_provider import FakeProvider, Ran, RefusedError
from tests.integration.controller.controller_world import (
    Grounds,
    RunningController,
    as_json,
    controller_on,
)

LEASE = "2"
PATIENCE_SECONDS = 60.0
EXPIRY = (ControllerPoint.BEFORE_ENQUEUE_EXPIRE, ControllerPoint.AFTER_ENQUEUE_EXPIRE)
LOSS = (ControllerPoint.BEFORE_STORE_LOSS, ControllerPoint.AFTER_STORE_LOSS)


def stubborn(provider: FakeProvider, stop: threading.Event, *, loses_first: bool) -> None:
    """Serve as a daemon does: log in again, poll again, report again, whatever happens to the controller."""
    lost: set[JobId] = set()
    while not stop.is_set():
        try:
            provider.poll(200)
            for job in list(provider.running):
                if loses_first and (not lost or job in lost):
                    lost.add(job)
                    provider.running.pop(job)  # as if it had died with it
                elif provider.report(job, Ran(output=b"done")).status == 409:
                    provider.running.pop(job)
        except (requests.RequestException, RefusedError):
            if stop.wait(0.05):
                return
            with_patience(provider.log_in)


def with_patience(act: object) -> None:
    try:
        act()  # type: ignore[operator]
    except (requests.RequestException, RefusedError):
        return


@pytest.mark.parametrize("point", [point for point in ControllerPoint if point not in EXPIRY])
def test_controller__killed_at_a_point__each_call_answered_and_paid_once(
    grounds_on_demand: Grounds, tmp_path: Path, point: ControllerPoint
) -> None:
    with controller_on(grounds_on_demand, tmp_path, crash_at=point.value, lease_seconds=LEASE) as controller:
        providers = [grounds_on_demand.provider(number, controller.url) for number in (0, 1)]
        before = grounds_on_demand.escrow()
        stop = threading.Event()
        with ThreadPoolExecutor() as pool:
            served = [pool.submit(stubborn, each, stop, loses_first=point in LOSS) for each in providers]
            try:
                places = [call(controller, name, key) for key, name in enumerate(("quick", "long"))]
                shown = [ended(controller, place) for place in places]
                assert [each["state"] for each in shown] == ["succeeded"] * 2
                paid = all_paid(controller, providers)
            finally:
                stop.set()
            for each in served:
                each.result()
        free, _ = grounds_on_demand.escrow()
        jobs = {JobId(int(each["job"])) for each in shown}
        assert jobs <= paid.keys()
        assert free == before[0] - sum(paid.values()) - still_reserved(controller, before[1])


def call(controller: RunningController, name: str, key: int) -> str:
    """A caller that tries again under the same key until it is told where its answer will be."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        try:
            reply = controller.call(name, b"x", Prefer="respond-async", Idempotency_Key=f"key-{key}")
            if reply.status == 202:
                return reply.headers["Location"]
            if reply.status == 200:
                return f"/v1/invocations/{reply.headers['ChainFaaS-Invocation']}"
        except requests.RequestException:
            pass  # it is dead, or not quite there again
        time.sleep(0.05)
    raise AssertionError(controller.log())


def ended(controller: RunningController, place: str) -> dict[str, str]:
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        try:
            shown: dict[str, str] = as_json(controller.request("GET", place, Prefer="wait=2"))
            if shown.get("state") in ("succeeded", "failed", "cancelled"):
                return shown
        except requests.RequestException:
            pass  # it is dead, or not quite there again
        time.sleep(0.05)
    raise AssertionError(controller.log())


def all_paid(controller: RunningController, providers: list[FakeProvider]) -> dict[JobId, int]:
    """Have each provider claim all that it reported; returns what each job cost on the chain."""
    costs = {}
    for number, provider in enumerate(providers):
        end = time.monotonic() + PATIENCE_SECONDS
        while provider.reported:
            try:
                controller.claim(number, provider, *provider.reported)
                break
            except (requests.RequestException, RefusedError):
                assert time.monotonic() < end, controller.log()
                with_patience(provider.log_in)
        for job in provider.reported:
            costs[job] = int(controller.job(job)["chain"]["cost"] or 0)
    return costs


def still_reserved(controller: RunningController, before: int) -> int:
    """What lost jobs hold until they expire."""
    return controller.grounds.escrow()[1] - before
