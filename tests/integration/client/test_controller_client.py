"""The SDK against a controller's own process over real HTTP."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from chainfaas.client.controller_client import Call, ControllerClient
from chainfaas.client.errors import (
    ControllerUnreachableError,
    EscrowTooSmallError,
    FunctionFailedError,
    NotEndedError,
    NotSignedInError,
    RequestConflictError,
    RequestLimitError,
    ThingNotFoundError,
)
from chainfaas.domain.content_hashes import file_hash
from chainfaas.domain.identifiers import InvocationId, JobId
from chainfaas.domain.limits import MIB
from chainfaas.domain.receipt_documents import parse_receipt_document
from chainfaas.domain.sign_in import SignInError
from chainfaas.domain.signatures import SigningKey
from chainfaas.domain.verify_receipt import ReceiptExpectations, verify_receipt
from tests.integration.controller.controller_world import RunningController

STRANGER = SigningKey(b"\x07" * 32)


def test_invoke__answer__output_facts_and_a_receipt_that_holds(
    controller: RunningController, client: ControllerClient
) -> None:
    answer = client.invoke(Call("quick", b"text"))

    assert (answer.output, answer.content_type) == (b"<text>", "text/plain")
    assert answer.facts.job is not None
    assert set(answer.facts.times_ms) == {"prc", "prv", "cmp", "rsp"}
    domain = controller.grounds.deployed.deployments.signing_domain
    receipt = client.receipt(answer.facts.invocation)
    assert receipt == answer.facts.receipt
    expected = ReceiptExpectations(domain=domain, output=answer.output)
    assert verify_receipt(parse_receipt_document(receipt), expected).is_valid
    assert client.output(answer.facts.invocation).output == answer.output
    assert client.job(answer.facts.job)["job"] == str(answer.facts.job)


def test_submit__then_wait__the_same_answer(client: ControllerClient) -> None:
    invocation = client.submit(Call("quick", b"later"))

    assert client.wait(invocation).output == b"<later>"
    found = client.invocation(invocation)
    assert (found.state, len(found.jobs)) == ("succeeded", 1)
    assert str(invocation) in {each["invocation"] for each in client.invocations()}


def test_invoke__function_fails__error_with_log_and_facts(client: ControllerClient) -> None:
    with pytest.raises(FunctionFailedError) as failed:
        client.invoke(Call("quick", b"fail"))

    error = failed.value
    assert (error.code, error.status, error.facts["exitCode"]) == ("function-error", 502, 3)
    assert client.log(InvocationId.parse(error.headers["chainfaas-invocation"])) == b"why\n"


def test_invoke__one_key__one_call(client: ControllerClient) -> None:
    call = Call("quick", b"once", idempotency_key="one-key")
    first, second = client.invoke(call), client.invoke(call)

    assert first.facts.invocation == second.facts.invocation
    with pytest.raises(RequestConflictError):
        client.invoke(Call("quick", b"other", idempotency_key="one-key"))


def test_invoke__several_threads__one_log_in_serves_all(client: ControllerClient) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: client.invoke(Call("quick", b"%d" % n)).output, range(16)))

    assert answers == [b"<%d>" % number for number in range(16)]


def test_invoke__token_over__signs_in_anew(controller: RunningController) -> None:
    client = ControllerClient(controller.url, SigningKey(controller.grounds.developer.private_key))
    client.invocations()
    client._connection._token = "over"

    assert client.invoke(Call("quick", b"again")).output == b"<again>"


def test_wait__never_answered__not_ended_and_then_cancelled(client: ControllerClient) -> None:
    invocation = client.submit(Call("long", b"hold"))
    with pytest.raises(NotEndedError):
        client.wait(invocation, 0)

    client.cancel(invocation)
    with pytest.raises((RequestConflictError, NotEndedError)):
        client.wait(invocation, 5)


def test_client__bad_requests__errors_of_the_tree(
    client: ControllerClient, controller: RunningController
) -> None:
    with pytest.raises(ThingNotFoundError, match="nothing"):
        client.invoke(Call("nothing"))
    with pytest.raises(ThingNotFoundError):
        client.invocation(InvocationId(bytes(32)))
    with pytest.raises(ThingNotFoundError):
        client.job(JobId((1 << 42 | 2**40) << 6))
    with pytest.raises(RequestLimitError):
        client.invoke(Call("quick", bytes(6 * MIB + 1)))
    poor = ControllerClient(controller.url, STRANGER)
    owner = SigningKey(controller.grounds.developer.private_key).address
    with pytest.raises((EscrowTooSmallError, ThingNotFoundError, RequestConflictError)):
        poor.invoke(Call("quick"))
    assert {each["name"] for each in poor.functions(owner)} == {"quick", "long"}


def test_client__nobody__reads_what_is_public_and_no_more(controller: RunningController) -> None:
    nobody = ControllerClient(controller.url)

    assert nobody.network()["chainId"] == str(controller.grounds.deployed.deployments.chain_id)
    assert int(str(nobody.limits()["inputMaxBytes"])) == 6 * MIB
    assert len(nobody.providers()) >= 2
    with pytest.raises(NotSignedInError):
        nobody.invocations()


def test_upload_bundle__other_content_than_its_hash__refused(client: ControllerClient) -> None:
    client.upload_bundle(file_hash(b"content"), b"content")
    with pytest.raises(Exception, match="hash"):
        client.upload_bundle(file_hash(b"content"), b"other")


def test_sign_in__controller_that_names_another_host__not_signed(controller: RunningController) -> None:
    signed: list[bytes] = []

    class Man(BaseHTTPRequestHandler):
        """Stands in the middle, and hands the real controller's challenge on."""

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path.endswith("/session"):
                signed.append(body)
            reply = controller.request("POST", self.path, body, Content_Type="application/json")
            self.send_response(reply.status)
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    with HTTPServer(("127.0.0.1", 0), Man) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            with pytest.raises(SignInError, match="sign in at"):
                ControllerClient(f"http://127.0.0.1:{server.server_port}", STRANGER).invocations()
        finally:
            server.shutdown()
            serving.join()
    assert signed == []


def test_client__nobody_listens__controller_unreachable() -> None:
    with pytest.raises(ControllerUnreachableError, match="no answer"):
        ControllerClient("http://127.0.0.1:9", STRANGER).invoke(Call("quick"))
