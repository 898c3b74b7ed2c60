"""Errors as problem documents (RFC 9457): a status, a stable code, what happened and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chainfaas.chain.errors import ChainUnreachableError
from chainfaas.controller import errors
from chainfaas.controller.errors import ProblemFacts
from chainfaas.controller.load_errors import OverloadedError, RequestTooSlowError
from chainfaas.domain.errors import (
    ChainError,
    ChainFaaSError,
    ConflictError,
    InvalidInputError,
    LimitExceededError,
    NotFoundError,
)
from chainfaas.domain.wire.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

STATUS_OF_ERROR: Mapping[type[ChainFaaSError], int] = {
    errors.UnauthenticatedError: 401,
    errors.PaymentRequiredError: 402,
    errors.ForbiddenError: 403,
    errors.ReportMismatchError: 422,
    errors.TooLargeError: 413,
    errors.QueueFullError: 429,
    errors.RateLimitedError: 429,
    errors.UnplaceableError: 503,
    errors.BusyError: 503,
    OverloadedError: 503,
    RequestTooSlowError: 408,
    errors.FunctionTimedOutError: 504,
    errors.InvocationCancelledError: 409,
    errors.FunctionFailedError: 502,
    ChainUnreachableError: 503,
    NotFoundError: 404,
    ConflictError: 409,
    LimitExceededError: 413,
    InvalidInputError: 400,
    ChainError: 502,
    ChainFaaSError: 500,
}
"""The status of HTTP for a class and those below it; the nearest class counts."""

TYPE_PREFIX = "urn:chainfaas:problem:"


def problem_of(error: ChainFaaSError) -> Problem:
    """Return an error as a problem.

    Args:
        error: What happened.
    """
    status = next(STATUS_OF_ERROR[kind] for kind in type(error).__mro__ if kind in STATUS_OF_ERROR)
    return Problem(status, error.code, title_of(type(error)), f"{error.message} {error.remedy}")


def problem_document(error: ChainFaaSError) -> dict[str, Any]:
    """Return an error as the document that a caller gets.

    Args:
        error: What happened.
    """
    problem = problem_of(error)
    document: dict[str, Any] = {"type": TYPE_PREFIX + problem.code, **problem.as_json()}
    document["remedy"] = error.remedy
    if isinstance(error, ProblemFacts):
        document |= dict(error.facts)
        if error.retry_after_seconds is not None:
            document["retryAfterSeconds"] = error.retry_after_seconds
    return document


def title_of(kind: type[ChainFaaSError]) -> str:
    """Return what a kind of error is, in a few words.

    Args:
        kind: The class.
    """
    return (kind.__doc__ or kind.__name__).strip().splitlines()[0].removesuffix(".")
