from __future__ import annotations

import base64

import pytest

from chainfaas.domain.canonical_json import parse_json
from chainfaas.domain.outcomes import Status
from chainfaas.domain.receipt_documents import parse_receipt_document
from chainfaas.domain.verify_receipt import ReceiptExpectations, verify_receipt
from tests.fake_provider import Ran
from tests.unit.controller.hand_written_index import DEVELOPER
from tests.unit.controller.small_controller import CONTROLLER, DOMAIN, STRANGER, SmallController


def test_invoke__provider_waits__output_and_receipt(controller: SmallController) -> None:
    provider = controller.provider()
    polled = controller.polling(provider)
    answer = controller.invoking(b"some input")
    polled.result()
    job = provider.run_one(Ran(output=b"some output"))
    reply = answer.result()
    assert (reply.status, reply.body) == (200, b"some output")
    assert reply.headers["Content-Type"] == "text/plain"
    assert reply.headers["ChainFaaS-Job"] == str(job)
    assert int(reply.headers["ChainFaaS-Cost"]) == 10**15 + 128 * provider.records[job].billed_ms * 10**9
    assert provider.inputs[job] == b"some input"
    raw = reply.headers["ChainFaaS-Receipt"]
    document = parse_receipt_document(base64.urlsafe_b64decode(raw + "=" * (-len(raw) % 4)))
    expected = ReceiptExpectations(DOMAIN, CONTROLLER.address, provider.key.address, b"some output")
    assert verify_receipt(document, expected).is_valid


def test_invoke__ended__every_reading_agrees(controller: SmallController) -> None:
    provider = controller.provider()
    answer = controller.invoking(Prefer="respond-async")
    job = provider.run_one(Ran(output=b"out", log=b"a line\n"))
    accepted = answer.result()
    assert accepted.status == 202
    place = accepted.headers["Location"]
    shown = controller.request("GET", place, key=DEVELOPER, Prefer="wait=10").json()
    assert (shown["state"], shown["job"], shown["problem"]) == ("succeeded", str(job), None)
    [attempt] = shown["jobs"]
    assert (attempt["status"], attempt["state"], attempt["providerId"]) == ("SUCCEEDED", "ended", 1)
    assert attempt["choice"]["1"]["answer"] == "accept"
    assert controller.request("GET", f"{place}/output", key=DEVELOPER).body == b"out"
    assert controller.request("GET", f"{place}/log", key=DEVELOPER).body == b"a line\n"
    receipt = controller.request("GET", f"{place}/receipt", key=DEVELOPER).body
    assert verify_receipt(parse_receipt_document(receipt)).is_valid
    listed = controller.request("GET", "/v1/invocations", key=DEVELOPER).json()["invocations"]
    assert [each["invocation"] for each in listed] == [shown["invocation"]]
    assert controller.request("GET", place, key=STRANGER).json()["code"] == "invocation-not-found"
    own = controller.request("GET", f"/v1/jobs/{job}", key=DEVELOPER).json()
    assert own["attempt"]["invocation"] == shown["invocation"]
    assert controller.request("GET", f"/v1/jobs/{job}").json()["attempt"] is None


@pytest.mark.parametrize(
    ("status", "code", "http_status"),
    [
        (Status.FUNCTION_ERROR, "function-error", 502),
        (Status.TIMED_OUT, "function-timed-out", 504),
        (Status.OUT_OF_MEMORY, "function-out-of-memory", 502),
        (Status.OUTPUT_LIMIT, "function-output-limit", 502),
    ],
)
def test_invoke__function_fails__problem_with_log_and_cost(
    controller: SmallController, status: Status, code: str, http_status: int
) -> None:
    provider = controller.provider()
    answer = controller.invoking()
    job = provider.run_one(Ran(status, b"", b"why", 3, 7, "it broke"))
    reply = answer.result()
    problem = reply.json()
    assert (reply.status, problem["code"], problem["exitCode"]) == (http_status, code, 7)
    assert problem["job"] == reply.headers["ChainFaaS-Job"] == str(job)
    assert problem["cost"] == reply.headers["ChainFaaS-Cost"] != "0"
    assert controller.request("GET", problem["log"], key=DEVELOPER).body == b"why"
    assert "ChainFaaS-Receipt" in reply.headers


@pytest.mark.parametrize(
    ("status", "detail"),
    [
        (Status.FUNCTION_ERROR, "The function ended with exit code 7."),
        (Status.TIMED_OUT, "The function ran longer than its version allows."),
    ],
)
def test_invoke__function_fails__said_once_with_where_the_log_is(
    controller: SmallController, status: Status, detail: str
) -> None:
    provider = controller.provider()
    answer = controller.invoking()
    provider.run_one(Ran(status, b"", b"why", 3, 7))
    problem = answer.result().json()
    assert f"`chainfaas invocation log {problem['invocation']}`" in problem["remedy"]
    assert problem["detail"] == f"{detail} {problem['remedy']}"


def test_invoke__large_contents__travel_by_themselves(controller: SmallController) -> None:
    provider = controller.provider()
    content, output, log = b"i" * 3_000_000, b"o" * 1_000_000, b"l" * 200_000
    answer = controller.invoking(content)
    job = provider.run_one(Ran(output=output, log=log))
    reply = answer.result()
    assert provider.inputs[job] == content
    assert reply.body == output
    place = f"/v1/invocations/{reply.headers['ChainFaaS-Invocation']}/log"
    assert controller.request("GET", place, key=DEVELOPER).body == log


def test_invoke__same_key_again__one_job(controller: SmallController) -> None:
    provider = controller.provider()
    first = controller.invoking(Idempotency_Key="k1")
    provider.run_one()
    again = controller.invoke(Idempotency_Key="k1")
    assert first.result().headers["ChainFaaS-Job"] == again.headers["ChainFaaS-Job"]
    assert again.body == first.result().body
    other = controller.invoke(b"other input", Idempotency_Key="k1")
    assert (other.status, other.json()["code"]) == (409, "idempotency-key-reused")
    assert provider.poll().assignments == ()


def test_invoke__same_key_at_once__one_job(controller: SmallController) -> None:
    provider = controller.provider()
    provider.poll()
    answers = [controller.invoking(Idempotency_Key="k1") for _ in range(6)]
    provider.run_one()
    jobs = {answer.result().headers["ChainFaaS-Job"] for answer in answers}
    assert len(jobs) == 1
    assert provider.poll().assignments == ()


def test_invoke__wait_is_over__accepted_and_runs_on(controller: SmallController) -> None:
    provider = controller.provider()
    provider.poll()
    reply = controller.invoke(Prefer="wait=0")
    assert reply.status == 202
    provider.run_one()
    place = reply.headers["Location"]
    assert controller.request("GET", place, key=DEVELOPER).json()["state"] == "succeeded"


def test_cancel__waiting__ended_at_once(controller: SmallController) -> None:
    controller.provider().poll()
    provider = controller.provider(2)
    provider.capacity = type(provider.capacity)(4_096, 4_000, 0)
    provider.poll()
    controller.state.seats.pop(1)  # type: ignore[call-overload]
    place = controller.invoke(Prefer="respond-async").headers["Location"]
    controller.request("DELETE", place, key=DEVELOPER)
    shown = controller.request("GET", place, key=DEVELOPER, Prefer="wait=5").json()
    assert (shown["state"], shown["jobs"]) == ("cancelled", [])


def test_cancel__running__provider_is_told_and_paid_for_its_time(controller: SmallController) -> None:
    provider = controller.provider()
    provider.poll()
    place = controller.invoke(Prefer="respond-async").headers["Location"]
    provider.poll(5_000)
    [job] = provider.running
    polled = controller.polling(provider)
    controller.request("DELETE", place, key=DEVELOPER)
    polled.result()
    assert provider.cancelled == [job]
    provider.report(job, Ran(Status.CANCELLED, b""))
    shown = controller.request("GET", place, key=DEVELOPER, Prefer="wait=5").json()
    assert (shown["state"], shown["problem"]["code"]) == ("cancelled", "invocation-cancelled")
    assert shown["jobs"][0]["cost"] != "0"


def test_invoke__forty_at_once__each_its_own_answer(controller: SmallController) -> None:
    provider = controller.provider()
    provider.poll()
    answers = [controller.invoking(b"%d" % number) for number in range(16)]
    done = 0
    while done < 16:
        provider.poll(2_000)
        for job in list(provider.running):
            provider.report(job, Ran(output=b"<" + provider.inputs[job] + b">"))
            done += 1
    assert [answer.result().body for answer in answers] == [b"<%d>" % number for number in range(16)]


def test_answer__output_that_looks_like_a_page__never_runs_as_one(controller: SmallController) -> None:
    provider = controller.provider()
    answer = controller.invoking()
    provider.run_one(Ran(output=b"<script>alert(1)</script>"))
    headers = answer.result().headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].startswith("sandbox")


def test_problem__any__is_json_of_its_own_type(controller: SmallController) -> None:
    reply = controller.request("GET", "/v1/invocations")
    assert (reply.status, reply.headers["Content-Type"]) == (401, "application/problem+json")
    assert parse_json(reply.body, 10_000, "problem")
