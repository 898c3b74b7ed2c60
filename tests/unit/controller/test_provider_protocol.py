from __future__ import annotations

from dataclasses import replace

import pytest

from chainfaas.controller.dispatch import report_desk
from chainfaas.controller.storage.job_rows import read_job
from chainfaas.controller.storage.states import AttemptState
from chainfaas.domain.encodings import Bytes32
from chainfaas.domain.identifiers import JobId
from chainfaas.domain.outcomes import Status
from chainfaas.domain.sign_in import personal_digest
from chainfaas.domain.typed_data import hash_receipt
from chainfaas.domain.wire.polls import Capacity
from chainfaas.domain.wire.reports import Report
from tests.fake_provider import FakeProvider, Ran, RefusedError
from tests.unit.controller.hand_written_index import DEVELOPER
from tests.unit.controller.small_controller import DOMAIN, STRANGER, SmallController

LEASE_SECONDS = 10


def state_of(controller: SmallController, job: JobId) -> AttemptState:
    with controller.database.engine.connect() as connection:
        row = read_job(connection, job)
    assert row is not None
    return row.state


def given(controller: SmallController, provider: FakeProvider) -> JobId:
    """One job that the provider has."""
    provider.poll()
    assert controller.invoke(Prefer="respond-async").status == 202
    provider.poll(5_000)
    [job] = provider.running
    return job


def test_challenge__another_operator__not_operator(controller: SmallController) -> None:
    provider = controller.provider()
    message = {"operator": str(STRANGER.address), "providerId": provider.provider_id}
    reply = controller.request("POST", "/v1/provider/challenge", message)
    assert (reply.status, reply.json()["code"]) == (403, "not-operator")


def test_session__signed_twice__good_once(controller: SmallController) -> None:
    asked = controller.request("POST", "/v1/auth/challenge", {"address": str(DEVELOPER.address)}).json()
    signature = str(DEVELOPER.sign(personal_digest(asked["message"])))
    signed = {"message": asked["message"], "signature": signature}
    assert controller.request("POST", "/v1/auth/session", signed).status == 200
    again = controller.request("POST", "/v1/auth/session", signed)
    assert (again.status, again.json()["code"]) == (400, "invalid-log-in")


@pytest.mark.parametrize("bend", ["signer", "late", "host", "kind"])
def test_session__does_not_fit__refused(controller: SmallController, bend: str) -> None:
    asked = controller.request("POST", "/v1/auth/challenge", {"address": str(DEVELOPER.address)}).json()
    text, key = asked["message"], DEVELOPER
    if bend == "signer":
        key = STRANGER
    if bend == "late":
        controller.clock.ahead_seconds += 301
    if bend == "host":
        text = text.replace("127.0.0.1:8080 wants", "evil.example wants")
    path = "/v1/provider/session" if bend == "kind" else "/v1/auth/session"
    signed = {"message": text, "signature": str(key.sign(personal_digest(text)))}
    reply = controller.request("POST", path, signed)
    assert (reply.status, reply.json()["code"]) == (400, "invalid-log-in")


def test_token__over_or_logged_out__401(controller: SmallController) -> None:
    token = controller.token()
    assert controller.request("GET", "/v1/account", key=DEVELOPER).status == 200
    controller.clock.ahead_seconds += 3_601
    assert controller.request("GET", "/v1/account", key=DEVELOPER).status == 401
    controller.clock.ahead_seconds = 0
    assert controller.request("DELETE", "/v1/auth/session", Authorization=f"Bearer {token}").status == 204
    assert controller.request("GET", "/v1/account", key=DEVELOPER).status == 401


def test_token__of_the_other_kind__forbidden(controller: SmallController) -> None:
    provider = controller.provider()
    provider.token = controller.token()
    with pytest.raises(RefusedError, match="forbidden"):
        provider.poll()


def test_poll__nothing_to_do__answered_after_the_wait(controller: SmallController) -> None:
    provider = controller.provider()
    answer = provider.poll(30)
    assert (answer.assignments, answer.lease) == ((), None)


def test_poll__a_later_one__replaces_the_one_that_waits(controller: SmallController) -> None:
    provider = controller.provider()
    first = controller.polling(provider)
    second = controller.pool.submit(provider.poll, 10_000)
    assert first.result().assignments == ()
    controller.until(lambda: controller.state.seats[provider.provider_id].waiter is not None)
    controller.invoke(Prefer="respond-async")
    assert len(second.result().assignments) == 1


def test_poll__malformed__invalid_message(controller: SmallController) -> None:
    provider = controller.provider()
    with pytest.raises(RefusedError, match="invalid-message"):
        provider.post("/v1/provider/poll", {"waitMs": 0})


def test_report__cannot_be_stored__right_one_is_taken(
    controller: SmallController, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = controller.provider()
    job = given(controller, provider)
    with monkeypatch.context() as broken:
        broken.setattr(report_desk, "check_report", lambda *_: 1 / 0)
        with pytest.raises(RefusedError, match="500"):
            provider.report(job)
    assert provider.report(job).is_taken


def test_report__same_again__same_answer(controller: SmallController) -> None:
    provider = controller.provider()
    job = given(controller, provider)
    report, blobs = provider.made_report(job, Ran())
    first, again = provider.hand_in(report, blobs), provider.hand_in(report, blobs)
    assert first == again
    assert first.is_taken


def test_report__another_of_the_same_job__409(controller: SmallController) -> None:
    provider = controller.provider()
    job = given(controller, provider)
    other, blobs = provider.made_report(job, Ran(output=b"another"))
    assert provider.report(job).is_taken
    result = provider.hand_in(other, blobs)
    assert (result.status, result.problem and result.problem.code) == (409, "other-report")


def test_report__of_anothers_job__404(controller: SmallController) -> None:
    provider, thief = controller.provider(1), controller.provider(2)
    job = given(controller, provider)
    report, blobs = provider.made_report(job, Ran())
    assert thief.hand_in(report, blobs).status == 404
    assert provider.report(job).is_taken


def bent(provider: FakeProvider, job: JobId, what: str) -> tuple[Report, dict[str, bytes]]:
    report, blobs = provider.made_report(job, Ran(output=b"output", log=b"log"))
    if what == "output":
        blobs[f"output-{job}"] = b"OUTPUT"
        return report, blobs
    if what == "log":
        blobs[f"log-{job}"] = b"LOG"
        return report, blobs
    if what == "sandbox":
        return replace(report, sandbox={"memory": "65m"}), blobs
    if what == "metrics":
        return replace(report, metrics=replace(report.metrics, run_us=1)), blobs
    if what == "signature":
        return replace(report, signature=STRANGER.sign(DOMAIN.digest(hash_receipt(report.receipt)))), blobs
    changed = replace(report.receipt, assignment_hash=Bytes32(bytes(32)))
    signature = provider.key.sign(DOMAIN.digest(hash_receipt(changed)))
    return replace(report, receipt=changed, signature=signature), blobs


@pytest.mark.parametrize("what", ["output", "log", "sandbox", "metrics", "signature", "assignment"])
def test_report__does_not_fit__422_and_the_right_one_is_taken(controller: SmallController, what: str) -> None:
    provider = controller.provider()
    job = given(controller, provider)
    result = provider.hand_in(*bent(provider, job, what))
    assert (result.status, result.problem and result.problem.code) == (422, "report-mismatch")
    assert provider.report(job).is_taken


def test_report__output_above_the_limit__422(controller: SmallController) -> None:
    controller.publish(2, output_limit_bytes=10, name="short")
    provider = controller.provider()
    provider.poll()
    controller.request("POST", "/v1/functions/short/invocations", b"", key=DEVELOPER, Prefer="respond-async")
    provider.poll(5_000)
    [job] = provider.running
    assert provider.report(job, Ran(output=b"12345678901")).status == 422
    assert provider.report(job, Ran(output=b"1234567890")).is_taken


def test_report__content_never_sent__422(controller: SmallController) -> None:
    provider = controller.provider()
    job = given(controller, provider)
    report, _ = provider.made_report(job, Ran(output=b""))
    alone = replace(report, output=replace(report.output, part=None), log=replace(report.log, part=None))
    assert provider.hand_in(alone, {}).status == 422


def test_decline__signed__tried_elsewhere_at_no_cost(controller: SmallController) -> None:
    first, second = controller.provider(1), controller.provider(2)
    first.poll()
    second.poll()
    answer = controller.invoking()
    controller.until(lambda: bool(controller.state.jobs))
    [held] = controller.state.jobs.values()
    one, other = (first, second) if held.provider_id == 1 else (second, first)
    declined = one.run_one(Ran(Status.DECLINED, b"", reason="exposure is too high"))
    other.run_one()
    assert answer.result().status == 200
    assert one.records[declined].status is Status.DECLINED
    with controller.database.engine.connect() as connection:
        row = read_job(connection, declined)
    assert row is not None
    assert row.end is not None
    assert row.end.cost == 0


def test_provider__never_fetches_its_job__hole_and_tried_elsewhere(controller: SmallController) -> None:
    gone, other = controller.provider(1), controller.provider(2)
    gone.ready = tuple(gone.ready)
    gone.poll()
    controller.invoke(Prefer="respond-async")
    controller.until(lambda: bool(controller.state.seats[gone.provider_id].outbox))
    [job] = controller.state.jobs
    other.poll()
    controller.clock.ahead_seconds += 4
    other.poll()
    controller.keeper.tick()
    other.poll(5_000)
    assert len(other.running) == 1
    controller.until(lambda: state_of(controller, job) is AttemptState.WITHDRAWN)


def test_capacity__full__waits_for_the_report(controller: SmallController) -> None:
    provider = controller.provider()
    provider.capacity = Capacity(300, 1_000, 8)
    job = given(controller, provider)
    for _ in range(2):
        controller.invoke(Prefer="respond-async")
    provider.poll(1_000)
    assert len(provider.running) == 2
    assert len(controller.state.queue) == 1
    assert provider.report(job).is_taken
    provider.poll(5_000)
    assert len(provider.running) == 2
    assert len(controller.state.queue) == 0


def test_provider__drains__gets_nothing_more(controller: SmallController) -> None:
    provider, other = controller.provider(1), controller.provider(2)
    provider.draining = True
    provider.poll()
    other.poll()
    for _ in range(3):
        controller.invoke(Prefer="respond-async")
    provider.poll(100)
    assert provider.running == {}
    other.poll(1_000)
    assert len(other.running) > 0


def test_reports__with_a_poll__answered_in_one_breath(controller: SmallController) -> None:
    provider = controller.provider()
    provider.capacity = Capacity(4_096, 4_000, 1)
    job = given(controller, provider)
    controller.invoke(Prefer="respond-async")
    assert len(controller.state.queue) == 1
    assert provider.report_and_poll(job) == 1
