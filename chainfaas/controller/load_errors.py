"""Why a request is not served although nothing is wrong with what it asks.

::

    ChainFaaSError
    ├── OverloadedError             as many requests of this kind are served as can be
    └── RequestTooSlowError         it did not arrive in time
"""

from __future__ import annotations

from chainfaas.controller.errors import ProblemFacts
from chainfaas.domain.errors import ChainFaaSError


class OverloadedError(ProblemFacts, ChainFaaSError):
    """The controller serves as many requests of this kind as it can."""

    code = "overloaded"
    default_remedy = "Try again later."
    retry_after_seconds = 2


class RequestTooSlowError(ProblemFacts, ChainFaaSError):
    """A request did not arrive in time."""

    code = "request-too-slow"
    default_remedy = "Send it again, at once and over a faster way."
    retry_after_seconds = 1
