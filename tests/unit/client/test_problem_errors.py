from __future__ import annotations

import json
import pickle

import pytest

from chainfaas.cli.exit_codes import ExitCode, exit_code_of
from chainfaas.client import errors
from chainfaas.client.problem_errors import CLASS_OF_STATUS, FUNCTION_CODES, error_of_answer
from chainfaas.controller.errors import FAILURE_OF_STATUS
from chainfaas.controller.problems import STATUS_OF_ERROR
from chainfaas.domain.errors import ChainFaaSError


def answer(status: int, **members: str) -> ChainFaaSError:
    document = {"status": status, "code": "some-code", "title": "Kind", "detail": "What happened."} | members
    return error_of_answer(status, {"x-header": "1"}, json.dumps(document).encode())


@pytest.mark.parametrize(
    ("status", "code", "kind", "exit_code"),
    [
        (400, "invalid-request", errors.RequestRefusedError, ExitCode.INVALID_INPUT),
        (401, "unauthenticated", errors.NotSignedInError, ExitCode.INTERNAL),
        (402, "payment-required", errors.EscrowTooSmallError, ExitCode.INTERNAL),
        (403, "forbidden", errors.NotAllowedError, ExitCode.INTERNAL),
        (404, "function-not-found", errors.ThingNotFoundError, ExitCode.NOT_FOUND),
        (409, "still-running", errors.RequestConflictError, ExitCode.CONFLICT),
        (413, "too-large", errors.RequestLimitError, ExitCode.LIMIT),
        (429, "queue-full", errors.RequestLimitError, ExitCode.LIMIT),
        (500, "internal", errors.ControllerError, ExitCode.INTERNAL),
        (502, "function-error", errors.FunctionFailedError, ExitCode.INTERNAL),
        (502, "chain", errors.ControllerError, ExitCode.INTERNAL),
        (503, "unplaceable", errors.NobodyServesError, ExitCode.INTERNAL),
        (504, "function-timed-out", errors.FunctionFailedError, ExitCode.INTERNAL),
    ],
)
def test_error_of_answer__problem__its_class_with_the_documents_words(
    status: int, code: str, kind: type[ChainFaaSError], exit_code: ExitCode
) -> None:
    error = answer(status, code=code, needed="5")

    assert type(error) is kind
    assert (error.code, error.message, exit_code_of(error)) == (code, "What happened.", exit_code)
    assert isinstance(error, errors.AnsweredError)
    assert (error.status, error.facts["needed"], error.headers) == (status, "5", {"x-header": "1"})


def test_error_of_answer__remedy_in_the_document__taken_and_said_once() -> None:
    error = answer(402, detail="Too little. Fund it.", remedy="Fund it.")

    assert (error.message, error.remedy) == ("Too little.", "Fund it.")


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"status": 502}', b"\xff"])
def test_error_of_answer__no_problem_document__controller_unreachable(body: bytes) -> None:
    error = error_of_answer(502, {}, body)

    assert type(error) is errors.ControllerUnreachableError
    assert "502" in error.message


def test_error_of_answer__pickled__keeps_its_code() -> None:
    error = pickle.loads(pickle.dumps(answer(404, code="job-not-found")))  # noqa: S301 - our own bytes

    assert (error.code, error.facts["title"]) == ("job-not-found", "Kind")


def test_class_of_status__every_status_that_a_controller_gives__known() -> None:
    depend_on_the_code = {500, 502, 504}

    assert set(STATUS_OF_ERROR.values()) - depend_on_the_code <= set(CLASS_OF_STATUS)


def test_function_codes__controllers_failures__all_but_a_cancelled_call() -> None:
    codes = {kind.code for kind in FAILURE_OF_STATUS.values()}

    assert codes - {"invocation-cancelled"} == FUNCTION_CODES
