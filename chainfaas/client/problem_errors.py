"""A controller's problem documents (RFC 9457) as errors of the one tree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from chainfaas.client import errors
from chainfaas.domain.canonical_json import JsonValue, parse_json
from chainfaas.domain.errors import ChainFaaSError, InvalidInputError
from chainfaas.domain.limits import MIB
from chainfaas.domain.wire.problems import Problem, parse_problem

ProblemClass: TypeAlias = (
    type[errors.ControllerError]
    | type[errors.RequestRefusedError]
    | type[errors.ThingNotFoundError]
    | type[errors.RequestConflictError]
    | type[errors.RequestLimitError]
)

CLASS_OF_STATUS: Mapping[int, ProblemClass] = {
    400: errors.RequestRefusedError,
    401: errors.NotSignedInError,
    402: errors.EscrowTooSmallError,
    403: errors.NotAllowedError,
    404: errors.ThingNotFoundError,
    408: errors.RequestRefusedError,
    409: errors.RequestConflictError,
    411: errors.RequestRefusedError,
    413: errors.RequestLimitError,
    415: errors.RequestRefusedError,
    422: errors.RequestRefusedError,
    429: errors.RequestLimitError,
    503: errors.NobodyServesError,
}
"""The class of a status; 502 and 504 depend on the code."""

FUNCTION_CODES = frozenset(
    {"function-error", "function-timed-out", "function-out-of-memory", "function-output-limit"}
)
"""Codes of a function that ran and did not succeed."""


def error_of_answer(status: int, headers: Mapping[str, str], body: bytes) -> ChainFaaSError:
    """Return the error that an answer with a status of 3xx, 4xx or 5xx stands for.

    Its code and its words are the document's; all of the document's members are its `facts`.

    Args:
        status: Of HTTP.
        headers: By lower-case names.
        body: The content.
    """
    try:
        value = parse_json(body, MIB, "The problem document")
        problem = parse_problem(value)
    except InvalidInputError:
        return errors.ControllerUnreachableError(
            f"The answer has status {status} and no words of a controller's.",
            remedy="Check the address: something else answers there, or stands before the controller.",
        )
    facts = value if isinstance(value, Mapping) else {}
    error = _class_of(status, problem.code)(*_message(problem, facts))
    remedy = facts.get("remedy")
    if isinstance(remedy, str) and remedy:
        error.remedy = remedy
    # The classes' own codes are those of kinds; this one answer has a code of its own.
    vars(error)["code"] = problem.code
    error.status, error.facts, error.headers = status, facts, headers
    return error


def _class_of(status: int, code: str) -> ProblemClass:
    if code in FUNCTION_CODES:
        return errors.FunctionFailedError
    return CLASS_OF_STATUS.get(status, errors.ControllerError)


def _message(problem: Problem, facts: Mapping[str, JsonValue]) -> tuple[str]:
    remedy = facts.get("remedy")
    detail = problem.detail or problem.title or f"It answered with status {problem.status}."
    if isinstance(remedy, str) and detail != remedy:
        detail = detail.removesuffix(remedy).rstrip()
    return (detail,)
