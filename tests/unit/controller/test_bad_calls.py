"""What bad input gets: a clear problem, nothing lost, nothing charged."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import func, select

from chainfaas.controller.storage.schema import PRIVATE
from chainfaas.domain.amounts import TOKEN
from chainfaas.domain.outcomes import Status
from chainfaas.domain.wire.polls import Capacity
from tests.fake_provider import HttpReply, Ran
from tests.unit.controller.hand_written_index import DEVELOPER
from tests.unit.controller.small_controller import STRANGER, SmallController

MIB = 2**20


def jobs_of(controller: SmallController) -> int:
    with controller.database.engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(PRIVATE.jobs)).scalar_one())


@dataclass(frozen=True)
class Case:
    """A request that cannot be served, and the problem that says so."""

    status: int
    code: str
    ask: Callable[[SmallController], HttpReply]
    facts: dict[str, Any] = field(default_factory=dict)
    prepare: Callable[[SmallController], object] = lambda _: None


def no_provider(controller: SmallController) -> None:
    controller.clock.ahead_seconds += 60


def with_provider(**of_provider: int) -> Callable[[SmallController], None]:
    def prepare(controller: SmallController) -> None:
        controller.provider(**of_provider).poll()

    return prepare


def small_provider(controller: SmallController) -> None:
    provider = controller.provider()
    provider.capacity = Capacity(64, 1_000, 4)
    provider.poll()


def poor(**escrow: int) -> Callable[[SmallController], None]:
    def prepare(controller: SmallController) -> None:
        controller.fund(**escrow)
        controller.provider().poll()

    return prepare


def retired(controller: SmallController) -> None:
    controller.change_function(1, is_retired=True)


def nothing_live(controller: SmallController) -> None:
    controller.change_function(1, live_version_id=0)


NEEDED = str(10**15 + 2_000 * 128 * 10**9)

CASES = {
    "unknown_function": Case(404, "function-not-found", lambda c: c.invoke(function="fn-99")),
    "unknown_name": Case(404, "function-not-found", lambda c: c.invoke(function="nothing")),
    "strange_name": Case(404, "function-not-found", lambda c: c.invoke(function="fn-0x1")),
    "strange_owner": Case(404, "function-not-found", lambda c: c.invoke(function="0x12/echo")),
    "others_name": Case(
        404,
        "function-not-found",
        lambda c: c.request("POST", "/v1/functions/echo/invocations", b"", key=STRANGER),
    ),
    "retired_function": Case(404, "function-not-found", lambda c: c.invoke(function="fn-1"), {}, retired),
    "nothing_live": Case(404, "function-not-found", lambda c: c.invoke(function="fn-1"), {}, nothing_live),
    "others_function": Case(
        403, "forbidden", lambda c: c.request("POST", "/v1/functions/fn-1/invocations", b"", key=STRANGER)
    ),
    "no_token": Case(401, "unauthenticated", lambda c: c.request("POST", "/v1/functions/echo/invocations")),
    "unknown_token": Case(
        401,
        "unauthenticated",
        lambda c: c.request("POST", "/v1/functions/echo/invocations", Authorization="Bearer nonsense"),
    ),
    "input_too_large": Case(413, "too-large", lambda c: c.invoke(b"x" * (6 * MIB + 1))),
    "body_beyond_all": Case(413, "too-large", lambda c: c.invoke(b"x" * (17 * MIB))),
    "strange_key": Case(400, "invalid-request", lambda c: c.invoke(Idempotency_Key="a b")),
    "strange_invocation": Case(
        400, "invalid-identifier", lambda c: c.request("GET", "/v1/invocations/inv_x", key=DEVELOPER)
    ),
    "unknown_invocation": Case(
        404,
        "invocation-not-found",
        lambda c: c.request("GET", "/v1/invocations/inv_" + "a" * 52, key=DEVELOPER),
    ),
    "strange_job": Case(400, "invalid-identifier", lambda c: c.request("GET", "/v1/jobs/12x")),
    "unknown_job": Case(404, "job-not-found", lambda c: c.request("GET", f"/v1/jobs/{1 << 48}")),
    "unknown_route": Case(404, "not-found", lambda c: c.request("GET", "/v2/everything")),
    "wrong_method": Case(405, "method-not-allowed", lambda c: c.request("PUT", "/v1/limits")),
    "no_json": Case(400, "invalid-encoding", lambda c: c.request("POST", "/v1/auth/challenge", b"{")),
    "unknown_member": Case(
        400, "invalid-request", lambda c: c.request("POST", "/v1/auth/challenge", {"address": "0x", "a": 1})
    ),
    "no_faucet": Case(404, "not-found", lambda c: c.request("POST", "/v1/faucet", key=DEVELOPER)),
    "escrow_too_small": Case(
        402,
        "payment-required",
        lambda c: c.invoke(),
        {"needed": NEEDED, "free": "5", "locked": "7"},
        poor(free=5, reserved=7),
    ),
    "no_escrow_left": Case(
        402, "payment-required", lambda c: c.invoke(), {"needed": NEEDED, "free": "0"}, poor(free=0)
    ),
    "job_cap_too_small": Case(
        402,
        "payment-required",
        lambda c: c.invoke(),
        {"needed": NEEDED, "jobCap": str(10**12)},
        poor(job_cap=1),
    ),
    "escrow_about_to_expire": Case(
        402, "payment-required", lambda c: c.invoke(), {"needed": NEEDED}, poor(expiry=int(time.time()) + 5)
    ),
    "nobody_connected": Case(503, "unplaceable", lambda c: c.invoke(), {"providers": {}}, no_provider),
    "too_little_memory": Case(
        503,
        "unplaceable",
        lambda c: c.invoke(),
        {"providers": {"1": "has 64 MiB, 128 are needed"}},
        small_provider,
    ),
    "too_dear": Case(
        503,
        "unplaceable",
        lambda c: c.invoke(),
        {"providers": {"1": "asks up to 25.601 tokens, the version's cap is 1"}},
        with_provider(price=10**14),
    ),
    "bundle_mismatch": Case(
        400,
        "bundle-mismatch",
        lambda c: c.request("PUT", "/v1/bundles/0x" + "ab" * 32, b"bundle", key=DEVELOPER),
    ),
    "unknown_bundle": Case(404, "bundle-not-found", lambda c: c.request("GET", "/v1/bundles/0x" + "ab" * 32)),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_request__bad__problem_and_nothing_charged(controller: SmallController, case: Case) -> None:
    case.prepare(controller)
    reply = case.ask(controller)
    problem = reply.json()
    assert (reply.status, problem["code"]) == (case.status, case.code)
    assert problem["status"] == case.status
    assert problem["title"]
    assert problem["detail"]
    assert {name: problem[name] for name in case.facts} == case.facts
    assert jobs_of(controller) == 0
    assert controller.promises.promised(DEVELOPER.address).amount == 0


def test_request__all_busy__503_after_the_queue_time(controller: SmallController) -> None:
    provider = controller.provider()
    provider.capacity = Capacity(4_096, 4_000, 0)
    provider.poll()
    answer = controller.invoking()
    controller.until(lambda: len(controller.state.queue) == 1)
    provider.poll()
    controller.clock.ahead_seconds += 29
    provider.poll()
    controller.pass_seconds(2)
    reply = answer.result()
    assert (reply.status, reply.json()["code"], reply.headers["Retry-After"]) == (503, "busy", "5")
    assert jobs_of(controller) == 0


def test_request__queue_is_full__429(controller: SmallController) -> None:
    provider = controller.provider()
    provider.capacity = Capacity(4_096, 4_000, 0)
    provider.poll()
    for _ in range(1_000):
        assert controller.invoke(Prefer="respond-async").status == 202
    reply = controller.invoke(Prefer="respond-async")
    assert (reply.status, reply.json()["code"], reply.headers["Retry-After"]) == (429, "queue-full", "1")


def test_request__image_is_nowhere__tried_elsewhere_then_503_with_reasons(
    controller: SmallController,
) -> None:
    first, second = controller.provider(1), controller.provider(2)
    first.poll()
    second.poll()
    answer = controller.invoking()
    missing = Ran(Status.INFRASTRUCTURE, b"", reason="image not found")
    for _ in range(2):
        controller.until(lambda: bool(controller.state.jobs))
        [held] = controller.state.jobs.values()
        (first if held.provider_id == 1 else second).run_one(missing)
    reply = answer.result()
    problem = reply.json()
    assert (reply.status, problem["code"], problem["attempts"]) == (503, "unplaceable", 2)
    assert problem["providers"] == {str(number): "infrastructure: image not found" for number in (1, 2)}
    assert jobs_of(controller) == 2
    assert all(record.status is Status.INFRASTRUCTURE for record in first.records.values())


def test_request__escrow_promised_away__402_until_it_is_on_the_chain(controller: SmallController) -> None:
    controller.fund(free=2 * int(NEEDED))
    provider = controller.provider()
    provider.poll()
    for _ in range(2):
        assert controller.invoke(Prefer="respond-async").status == 202
    reply = controller.invoke()
    problem = reply.json()
    assert (reply.status, problem["code"], problem["free"]) == (402, "payment-required", "0")
    assert problem["locked"] == str(2 * int(NEEDED))
    assert problem["lockedUntil"] > time.time()
    controller.promises.release(list(controller.state.jobs))
    assert controller.invoke(Prefer="respond-async").status == 202
    assert controller.promises.promised(DEVELOPER.address).amount <= TOKEN
