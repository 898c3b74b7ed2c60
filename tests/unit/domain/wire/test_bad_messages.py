"""One row a case: a good message, where it is spoiled, and with what."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import pytest

from chainfaas.domain.canonical_json import JsonValue
from chainfaas.domain.identifiers import JobId, compose_batch_id, compose_job_id, controller_id
from chainfaas.domain.wire.blobs import BlobReference, check_blobs, refer_to
from chainfaas.domain.wire.errors import InvalidMessageError
from chainfaas.domain.wire.log_in import (
    parse_challenge,
    parse_challenge_request,
    parse_session_grant,
    parse_session_request,
)
from chainfaas.domain.wire.polls import parse_poll, parse_poll_answer
from chainfaas.domain.wire.problems import Problem, parse_problem
from chainfaas.domain.wire.reports import parse_reports_answer, parse_reports_request
from chainfaas.domain.wire.settlements import parse_settlements_answer, parse_settlements_request


class Message(Protocol):
    def as_json(self) -> dict[str, JsonValue]: ...


PARSERS: dict[str, Callable[[JsonValue], Message]] = {
    "challenge_request": parse_challenge_request,
    "challenge": parse_challenge,
    "session_request": parse_session_request,
    "grant": parse_session_grant,
    "poll": parse_poll,
    "poll_answer": parse_poll_answer,
    "reports": parse_reports_request,
    "reports_answer": parse_reports_answer,
    "settlements": parse_settlements_request,
    "settlements_answer": parse_settlements_answer,
}
GOOD: dict[str, Any] = json.loads((Path(__file__).parent / "good_messages.json").read_text())


class _Absent:
    """Stands for a member that is left out; its name is the same in every process."""

    def __repr__(self) -> str:
        return "absent"


ABSENT = _Absent()
JOB = compose_job_id(compose_batch_id(controller_id(1), 5), 0)
OTHER = JobId(JOB + 1)

SPOILED: list[tuple[str, str, object]] = [
    ("challenge_request", "operator", "0x12"),
    ("challenge_request", "providerId", 0),
    ("challenge_request", "providerId", "7"),
    ("challenge_request", "providerId", True),
    ("challenge_request", "extra", 1),
    ("challenge", "nonce", "0x00"),
    ("challenge", "message", 5),
    ("session_request", "signature", "0x" + "00" * 65),
    ("session_request", "signature", "0x" + "11" * 64),
    ("session_request", "message", ABSENT),
    ("grant", "token", None),
    ("grant", "session.expires", 2**32),
    ("grant", "session.nonce", "0X" + "00" * 32),
    ("grant", "controller.cid", 32_768),
    ("grant", "controller.chainId", "0"),
    ("grant", "controller.chainId", 5),
    ("grant", "controller.key", "0x" + "AB" * 20),
    ("grant", "leaseMs", 0),
    ("grant", "leaseMs", 1.5),
    ("grant", "blobLimit", -1),
    ("poll", "waitMs", -1),
    ("poll", "capacity", []),
    ("poll", "capacity.jobs", "8"),
    ("poll", "ready", {}),
    ("poll", "ready", "ab"),
    ("poll", "ready.0.versionId", 0),
    ("poll", "ready", [{"versionId": 3, "depth": 1}] * 2),
    ("poll", "running", [str(JOB), str(JOB)]),
    ("poll", "running", [JOB]),
    ("poll", "running", ["0" + str(JOB)]),
    ("poll", "running", ["48"]),
    ("poll", "running", [str(JOB + 48)]),
    ("poll", "running", [str(JOB)] * 1_001),
    ("poll", "draining", 0),
    ("poll_answer", "assignments.0.assignment.baseFee", 1),
    ("poll_answer", "assignments.0.assignment.price", str(2**48)),
    ("poll_answer", "assignments.0.assignment.details", "0x"),
    ("poll_answer", "assignments.0.work.invocationId", "0x" + "01" * 32),
    ("poll_answer", "assignments.0.work.attempt", 0),
    ("poll_answer", "assignments.0.work.outputLimit", -1),
    ("poll_answer", "assignments.0.input.size", "11"),
    ("poll_answer", "assignments.0.input.part", 5),
    ("poll_answer", "assignments.0.input", None),
    ("poll_answer", "leaseSignature", None),
    ("poll_answer", "lease", None),
    ("poll_answer", "lease.leaseUntil", "1800000010"),
    ("poll_answer", "unknown", None),
    ("poll_answer", "cancel", ["x"]),
    ("reports", "reports.0.receipt.status", 10),
    ("reports", "reports.0.receipt.status", 0),
    ("reports", "reports.0.receipt.exitCode", 2**31),
    ("reports", "reports.0.receipt.runMs", -1),
    ("reports", "reports.0.metrics.cpuUs", 2**53),
    ("reports", "reports.0.metrics.wall", 1),
    ("reports", "reports.0.sandbox", []),
    ("reports", "reports.0.startDelayUs", -1),
    ("reports", "reports.0.reason", "a" * 501),
    ("reports", "reports.0.reason", None),
    ("reports", "poll", {}),
    ("reports_answer", "results.0.signature", None),
    ("reports_answer", "results.0.record", None),
    ("reports_answer", "results.0.status", 409),
    ("reports_answer", "results.0.status", 70_000),
    ("reports_answer", "results.0.record.status", 11),
    ("reports_answer", "results.0.problem", {"status": 409, "code": "lease-ended"}),
    ("reports_answer", "results.1.problem", {"status": 409}),
    ("reports_answer", "results.1.problem", {"status": True, "code": "a"}),
    ("reports_answer", "results.1.problem", "lease-ended"),
    ("settlements", "jobs", [None]),
    ("settlements", "job", str(JOB)),
    ("settlements_answer", "settlement.parts", []),
    ("settlements_answer", "settlement.parts.0.mask", "0"),
    ("settlements_answer", "settlement.parts.0.mask", "3"),
    ("settlements_answer", "settlement.parts.0.mask", 1),
    ("settlements_answer", "settlement.parts.0.mask", str(2**48)),
    ("settlements_answer", "settlement.parts.0.records", "0x00"),
    ("settlements_answer", "settlement.parts.0.records", "0x"),
    ("settlements_answer", "settlement.parts.0.batch.orders", "0x" + "00" * 35),
    ("settlements_answer", "settlement.parts.0.batch.batchId", "7"),
    ("settlements_answer", "settlement.signature", "0x"),
    ("settlements_answer", "waiting", ABSENT),
]


def spoil(message: Any, place: str, value: object) -> Any:  # noqa: ANN401
    spoiled = copy.deepcopy(message)
    *path, last = [int(step) if step.isdigit() else step for step in place.split(".")]
    target = spoiled
    for step in path:
        target = target[step]
    if value is ABSENT:
        del target[last]
    else:
        target[last] = value
    return spoiled


@pytest.mark.parametrize("name", PARSERS)
def test_parse__good_message__written_as_it_was(name: str) -> None:
    assert PARSERS[name](GOOD[name]).as_json() == GOOD[name]


@pytest.mark.parametrize(("name", "place", "value"), SPOILED, ids=str)
def test_parse__spoiled_message__refused(name: str, place: str, value: object) -> None:
    with pytest.raises(InvalidMessageError):
        PARSERS[name](spoil(GOOD[name], place, value))


@pytest.mark.parametrize("name", PARSERS)
@pytest.mark.parametrize("value", [None, 1, "text", [], [1], {}])
def test_parse__no_such_object__refused(name: str, value: Any) -> None:  # noqa: ANN401
    with pytest.raises(InvalidMessageError):
        PARSERS[name](value)


def test_parse_settlements_answer__two_parts_of_one_batch__refused() -> None:
    answer = copy.deepcopy(GOOD["settlements_answer"])
    answer["settlement"]["parts"] *= 2
    with pytest.raises(InvalidMessageError, match="twice"):
        parse_settlements_answer(answer)


def test_parse_problem__members_of_others__ignored() -> None:
    problem = parse_problem({"type": "about:blank", "status": 409, "code": "lease-ended", "title": "Late"})
    assert problem == Problem(409, "lease-ended", "Late")


@pytest.mark.parametrize(
    ("references", "blobs"),
    [
        ([BlobReference("input-1", 2)], {}),
        ([BlobReference("input-1", 2)], {"input-1": b"a"}),
        ([], {"input-1": b"a"}),
        ([BlobReference(None, 1)], {"input-1": b"a"}),
        ([BlobReference("input-1", 1), BlobReference("input-1", 1)], {"input-1": b"a"}),
    ],
)
def test_check_blobs__parts_that_do_not_fit__refused(
    references: list[BlobReference], blobs: dict[str, bytes]
) -> None:
    with pytest.raises(InvalidMessageError):
        check_blobs(references, blobs)


@pytest.mark.parametrize(
    ("content", "part"), [(b"", f"log-{JOB}"), (bytes(8), f"log-{JOB}"), (bytes(9), None)]
)
def test_refer_to__around_the_limit__in_the_body_up_to_it(content: bytes, part: str | None) -> None:
    reference = refer_to("log", JOB, content, 8)
    assert reference == BlobReference(part, len(content))
    check_blobs([reference], {} if part is None else {part: content})
