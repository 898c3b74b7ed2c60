from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainfaas.client.answers import call_facts, object_members, parse_document, parse_invocation
from chainfaas.client.errors import ControllerUnreachableError
from chainfaas.client.http_connection import HttpAnswer, HttpConnection
from chainfaas.domain.canonical_json import JsonValue
from chainfaas.domain.errors import ConfigurationError
from chainfaas.domain.identifiers import InvocationId

INVOCATION = InvocationId(bytes(range(32)))
JOB = "281474976711104"


def headers(**more: str) -> dict[str, str]:
    return {"chainfaas-invocation": str(INVOCATION)} | {
        f"chainfaas-{name}": value for name, value in more.items()
    }


@given(receipt=st.binary(min_size=1, max_size=100))
def test_call_facts__all_headers__read(receipt: bytes) -> None:
    coded = base64.urlsafe_b64encode(receipt).rstrip(b"=").decode()
    timing = 'prc;dur=6.268, prv;dur=150, cmp;dur=9.63, rsp;dur=183.045, bil;desc="later, on the chain"'
    facts = call_facts(headers(job=JOB, cost="12", receipt=coded) | {"server-timing": timing})

    assert (facts.invocation, facts.job, facts.cost, facts.receipt) == (INVOCATION, int(JOB), 12, receipt)
    assert facts.times_ms == {"prc": 6.268, "prv": 150.0, "cmp": 9.63, "rsp": 183.045}


def test_call_facts__invocation_alone__rest_is_none() -> None:
    facts = call_facts(headers())

    assert (facts.job, facts.cost, facts.receipt, facts.times_ms) == (None, None, None, {})


@pytest.mark.parametrize(
    "spoiled",
    [
        {"chainfaas-invocation": ""},
        {"chainfaas-job": "x"},
        {"chainfaas-cost": "-1"},
        {"chainfaas-receipt": "%%%"},
    ],
)
def test_call_facts__malformed__not_a_controller(spoiled: dict[str, str]) -> None:
    with pytest.raises(ControllerUnreachableError, match="none of a controller"):
        call_facts(headers() | spoiled)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"text"', b'{"a":1,"a":2}'])
def test_parse_document__no_object__not_a_controller(body: bytes) -> None:
    with pytest.raises(ControllerUnreachableError):
        parse_document(HttpAnswer(200, {}, body))


def test_parse_invocation__document__state_and_attempts() -> None:
    attempts: JsonValue = [{"job": JOB}]
    document: dict[str, JsonValue] = {"invocation": str(INVOCATION), "state": "running", "jobs": attempts}
    found = parse_invocation(document)

    assert (found.invocation, found.jobs, found.has_ended) == (INVOCATION, (int(JOB),), False)
    assert parse_invocation({**document, "state": "failed"}).has_ended


@pytest.mark.parametrize(
    "change", [{"invocation": 1}, {"state": None}, {"jobs": "no"}, {"jobs": ["no"]}, {"jobs": [{"job": "0"}]}]
)
def test_parse_invocation__malformed__not_a_controller(change: dict[str, Any]) -> None:
    document = {"invocation": str(INVOCATION), "state": "running", "jobs": []} | change
    with pytest.raises(ControllerUnreachableError):
        parse_invocation(document)


def test_object_members__missing__not_a_controller() -> None:
    with pytest.raises(ControllerUnreachableError, match="events"):
        object_members({}, "events")


@pytest.mark.parametrize("url", ["", "localhost:8080", "ftp://a", "http://", "http://user:pw@host"])
def test_http_connection__no_address_of_a_controller__refused(url: str) -> None:
    with pytest.raises(ConfigurationError):
        HttpConnection(url)


def test_http_connection__address_with_a_path__host_alone() -> None:
    assert HttpConnection("https://example:8443/chainfaas/").host == "example:8443"
