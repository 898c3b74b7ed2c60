"""The controller dies at each of its named points, comes back, and every call is answered and paid once.

One controller goes through all points, a worker for each: the next one takes up what the last one left, and
has the next point to die at.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Self

import pytest
import requests

from chainfaas.chain.node.waiting import wait_until
from chainfaas.controller.crash_points import ControllerPoint
from chainfaas.domain.identifiers import JobId
from chainfaas.domain.windows import DEV_WINDOWS
from tests.fake_provider import FakeProvider, Ran, RefusedError
from tests.integration.controller.controller_world import (
    Grounds,
    RunningController,
    as_json,
    controller_on,
)

SETTINGS = {"lease_seconds": "1", "tick_seconds": "0.2", "open_age_seconds": "1", "slack_seconds": "1"}
PATIENCE_SECONDS = 60.0
EXPIRY = (ControllerPoint.BEFORE_ENQUEUE_EXPIRE, ControllerPoint.AFTER_ENQUEUE_EXPIRE)
LOSS = (ControllerPoint.BEFORE_STORE_LOSS, ControllerPoint.AFTER_STORE_LOSS)
EXPIRY_MARGIN_SECONDS = 4
DEATH = "was sent SIGKILL"
FAULTS = (requests.RequestException, RefusedError)


@dataclass
class Life:
    """A controller that dies at one point after the other, and what two providers know of it."""

    controller: RunningController
    points: list[ControllerPoint]
    providers: list[FakeProvider]
    lost: dict[JobId, int] = field(default_factory=dict)
    """Jobs that a provider lost, and when they expire, in Unix seconds."""

    @classmethod
    def begun(cls, controller: RunningController, points: list[ControllerPoint]) -> Self:
        grounds = controller.grounds
        return cls(controller, points, [grounds.provider(number, controller.url) for number in (0, 1)])

    def has_died_at(self, point: ControllerPoint) -> bool:
        """Whether as many workers were killed as have to be for this one to be among them."""
        log = (self.controller.folder / "log").read_text()
        return log.count(DEATH) > self.points.index(point)

    @contextmanager
    def served(self, *, loses_first: bool) -> Iterator[None]:
        """Have both providers at work while a block runs."""
        stop, to_lose = threading.Event(), threading.Semaphore(1 if loses_first else 0)
        with ThreadPoolExecutor() as pool:
            served = [pool.submit(self._serve, each, stop, to_lose) for each in self.providers]
            try:
                yield
            finally:
                stop.set()
            for each in served:
                each.result()

    def _serve(self, provider: FakeProvider, stop: threading.Event, to_lose: threading.Semaphore) -> None:
        """Serve as a daemon does: log in again, poll again, report again, whatever happens."""
        while not stop.is_set():
            try:
                provider.poll(200)
                for job, assigned in list(provider.running.items()):
                    if job in self.lost or to_lose.acquire(blocking=False):
                        self.lost[job] = assigned.assignment.deadline + DEV_WINDOWS.claim_seconds
                        provider.running.pop(job)  # as if it had died with it
                    elif provider.report(job, Ran(output=b"done")).status == 409:
                        provider.running.pop(job)
            except FAULTS:
                if stop.wait(0.05):
                    return
                with_patience(provider.log_in)

    def insist(self, ask: Callable[[], str | None]) -> str:
        """Ask until there is an answer, whatever happens to the controller."""
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            try:
                answer = ask()
                if answer is not None:
                    return answer
            except requests.RequestException:
                pass  # it is dead, or not quite there again
            time.sleep(0.05)
        raise AssertionError(self.controller.log())

    def call(self, name: str, key: str) -> JobId:
        """Call under a key until told where the answer will be, and wait for it; returns whose it is."""

        def submit() -> str | None:
            reply = self.controller.call(name, b"x", Prefer="respond-async", Idempotency_Key=key)
            if reply.status == 202:
                return reply.headers["Location"]
            assert reply.status == 200, reply
            return f"/v1/invocations/{reply.headers['ChainFaaS-Invocation']}"

        place = self.insist(submit)
        shown = self.insist(lambda: self._job_of(place))
        return JobId(int(shown))

    def _job_of(self, place: str) -> str | None:
        shown = as_json(self.controller.request("GET", place, Prefer="wait=2"))
        if shown.get("state") not in ("succeeded", "failed", "cancelled"):
            return None
        assert shown["state"] == "succeeded", (shown, self.controller.log())
        return str(shown["job"])

    def claim_all(self, least: set[JobId]) -> dict[JobId, int]:
        """Have each provider claim all that it reported, when it has reported at least these jobs.

        Returns what each job cost on the chain.
        """
        costs = {}
        reports = [provider.reported for provider in self.providers]
        # A report that was stored by who then died is sent again, since it was not answered.
        are_answered = wait_until(
            lambda: least <= {job for reported in reports for job in reported},
            time.monotonic() + PATIENCE_SECONDS,
        )
        assert are_answered, self.controller.log()
        for number, provider in enumerate(self.providers):
            end = time.monotonic() + PATIENCE_SECONDS
            while provider.reported:
                try:
                    self.controller.claim(number, provider, *provider.reported)
                    break
                except FAULTS:
                    assert time.monotonic() < end, self.controller.log()
                    with_patience(provider.log_in)
            for job in provider.reported:
                costs[job] = int(self.insist(lambda job=job: self._cost_of(job)))  # type: ignore[misc]
            provider.reported.clear()
        return costs

    def _cost_of(self, job: JobId) -> str | None:
        chain = self.controller.job(job)["chain"]
        return None if chain is None else str(chain["cost"] or 0)

    def wait_for_expiry(self) -> None:
        """Let the time pass after which the first lost job expires, and see it expire."""
        job, due = min(self.lost.items(), key=lambda each: each[1])
        time.sleep(max(0.0, due + EXPIRY_MARGIN_SECONDS - time.time()))

        def is_expired() -> str | None:
            chain = self.controller.job(job)["chain"]
            if chain is not None and chain["state"] == "expired":
                return "expired"
            # Where blocks are sealed on demand, the chain's clock stands still without transactions.
            deployed = self.controller.grounds.deployed
            deployed.give_coin([self.controller.grounds.developer])
            return None

        assert self.insist(is_expired) == "expired"
        del self.lost[job]


def with_patience(act: Callable[[], None]) -> None:
    try:
        act()
    except FAULTS:
        return


@pytest.fixture(scope="module")
def life(
    grounds_on_demand: Grounds, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Life]:
    """A controller for the points that were chosen of this file."""
    points = [
        ControllerPoint(str(item.callspec.params["point"]))
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.path == request.path
    ]
    folder, crash_at = tmp_path_factory.mktemp("life"), ",".join(points)
    with controller_on(grounds_on_demand, folder, crash_at=crash_at, **SETTINGS) as controller:
        yield Life.begun(controller, points)


@pytest.mark.parametrize("point", ControllerPoint)
def test_controller__killed_at_a_point__each_call_answered_and_paid_once(
    life: Life, point: ControllerPoint
) -> None:
    grounds = life.controller.grounds
    before = grounds.escrow()
    is_expiring = point in EXPIRY and not life.has_died_at(point)
    functions = ("quick",) if is_expiring else ("quick", "long")
    has_to_lose = point in LOSS or (is_expiring and not life.lost)
    with life.served(loses_first=has_to_lose):
        jobs = {life.call(name, f"{point}-{name}") for name in functions}
        costs = life.claim_all(jobs)
        if is_expiring:
            life.wait_for_expiry()
        assert wait_until(lambda: life.has_died_at(point), time.monotonic() + 5), life.controller.log()
    free, reserved = grounds.escrow()
    # What lost jobs hold comes back when they expire.
    assert free == before[0] - sum(costs.values()) - (reserved - before[1])
