"""What can go wrong in the controller, below the branches of the one tree.

::

    InvalidInputError
    ├── InvalidRequestError         a request is malformed
    ├── ReportMismatchError         a report does not fit its job
    ├── BundleMismatchError         a bundle is not what its hash says
    └── InvalidLogInError           a log-in message or its signature does not fit
    ChainFaaSError
    ├── UnauthenticatedError        no token, or one that is unknown or over
    ├── ForbiddenError              the token is of another account
    │   └── NotOperatorError        the registry knows another operator
    ├── PaymentRequiredError        the escrow cannot carry the call
    ├── UnplaceableError            no provider can ever run it
    ├── BusyError                   every provider is busy, or the controller stops
    └── FunctionFailedError         the function ran and did not succeed
    NotFoundError
    └── FunctionNotFoundError, InvocationNotFoundError, JobNotFoundError, ContentGoneError,
        BundleNotFoundError
    ConflictError
    ├── LeaseEndedError             a report came after its lease
    ├── OtherReportError            another report of the job was taken
    ├── KeyReusedError              an idempotency key came with another request
    ├── DuplicateCallError          it came again with the same request
    └── StillRunningError           the invocation has not ended yet
    LimitExceededError
    ├── TooLargeError               an input, output or body is too long
    ├── QueueFullError              too many calls of the account wait
    └── RateLimitedError            too many requests of a kind
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chainfaas.domain.errors import (
    ChainFaaSError,
    ConflictError,
    InvalidInputError,
    LimitExceededError,
    NotFoundError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chainfaas.domain.canonical_json import JsonValue
    from chainfaas.domain.identifiers import InvocationId


class ProblemFacts:
    """Mixed into errors that carry more than two sentences: what a problem document adds beside them."""

    facts: Mapping[str, JsonValue] = {}
    """Members under their JSON names."""
    retry_after_seconds: int | None = None
    """When it may be worth trying again."""


class InvalidRequestError(InvalidInputError):
    """A request is malformed."""

    code = "invalid-request"
    default_remedy = "Send it as docs/reference/http-api.md says."


class InvalidLogInError(InvalidInputError):
    """A log-in message is malformed, over, used, or not signed by the account that it names."""

    code = "invalid-log-in"
    default_remedy = "Ask for a new challenge and sign exactly its text."


class UnauthenticatedError(ChainFaaSError):
    """The request carries no token, or one that is unknown or over."""

    code = "unauthenticated"
    default_remedy = "Log in again and send the new token as Authorization: Bearer."


class ForbiddenError(ChainFaaSError):
    """The account may not do this."""

    code = "forbidden"
    default_remedy = "Log in with the account that owns it."


class NotOperatorError(ForbiddenError):
    """The registry knows another operator for this provider."""

    code = "not-operator"
    default_remedy = "Use the operator's key, or have the owner name this one in the ProviderRegistry."


class PaymentRequiredError(ProblemFacts, ChainFaaSError):
    """The escrow cannot carry the call."""

    code = "payment-required"
    default_remedy = "Fund the escrow for this controller, or raise its job cap or its expiry."


class UnplaceableError(ProblemFacts, ChainFaaSError):
    """No provider can run this function."""

    code = "unplaceable"
    default_remedy = "Read each provider's reason; raise the version's cost cap or lower its memory."


class BusyError(ProblemFacts, ChainFaaSError):
    """Every provider that could run it is busy."""

    code = "busy"
    default_remedy = "Try again later."
    retry_after_seconds = 5


class FunctionFailedError(ProblemFacts, ChainFaaSError):
    """The function ran and did not succeed."""

    code = "function-failed"
    default_remedy = "Read the log."


class FunctionErrorError(FunctionFailedError):
    """The function ended with an exit code other than 0."""

    code = "function-error"


class FunctionTimedOutError(FunctionFailedError):
    """The function ran longer than its version allows."""

    code = "function-timed-out"


class FunctionMemoryError(FunctionFailedError):
    """The function wanted more memory than its version allows."""

    code = "function-out-of-memory"


class FunctionOutputError(FunctionFailedError):
    """The function wrote more output than its version allows."""

    code = "function-output-limit"


class InvocationCancelledError(FunctionFailedError):
    """The call was cancelled."""

    code = "invocation-cancelled"
    default_remedy = "Call again if the answer is wanted after all."


class FunctionNotFoundError(NotFoundError):
    """There is no such function, or it takes no calls."""

    code = "function-not-found"
    default_remedy = "Use fn-<id>, a name of your own, or <owner>/<name>, with a version that is live."


class InvocationNotFoundError(NotFoundError):
    """There is no such invocation for this account."""

    code = "invocation-not-found"


class ContentGoneError(NotFoundError):
    """An output or log is not there, or no longer."""

    code = "content-gone"
    default_remedy = "Outputs and logs are kept for a time only; GET /v1/limits says how long."


class JobNotFoundError(NotFoundError):
    """There is no such job."""

    code = "job-not-found"


class LeaseEndedError(ConflictError):
    """The job's lease has ended, and the report comes too late."""

    code = "lease-ended"
    default_remedy = "Keep the report; the job is tried elsewhere."


class OtherReportError(ConflictError):
    """Another report of this job was taken."""

    code = "other-report"
    default_remedy = "Nothing: there is one record for a job, for ever."


class KeyReusedError(ConflictError):
    """An idempotency key came with another request."""

    code = "idempotency-key-reused"
    default_remedy = "Use a fresh key for a different request."


class DuplicateCallError(ConflictError):
    """An idempotency key stands for another call already, made from the same request."""

    code = "duplicate-call"
    default_remedy = "Nothing: the answer of the first call is given."

    def __init__(self, invocation: InvocationId) -> None:
        """Say which call it is.

        Args:
            invocation: The first call.
        """
        super().__init__(f"The call {invocation} was made with this Idempotency-Key.")
        self.invocation = invocation


class BundleNotFoundError(NotFoundError):
    """This controller does not have the bundle."""

    code = "bundle-not-found"
    default_remedy = "Have its developer upload it: PUT /v1/bundles/<hash>."


class BundleMismatchError(InvalidInputError):
    """A bundle is not what its hash says."""

    code = "bundle-mismatch"
    default_remedy = "Upload the file under the SHA-256 of its bytes."


class StillRunningError(ConflictError):
    """The invocation has not ended yet."""

    code = "still-running"
    default_remedy = "Ask again later."


class ReportMismatchError(InvalidInputError):
    """A report's hashes, sizes or signature do not fit the job."""

    code = "report-mismatch"
    default_remedy = "Send what was hashed and signed, with the operator's key."


class TooLargeError(LimitExceededError):
    """A body is too long."""

    code = "too-large"
    default_remedy = "GET /v1/limits says how long it may be."


class QueueFullError(ProblemFacts, LimitExceededError):
    """Too many calls of this account wait."""

    code = "queue-full"
    default_remedy = "Wait for answers before calling again."
    retry_after_seconds = 1


class RateLimitedError(ProblemFacts, LimitExceededError):
    """Too many requests of this kind."""

    code = "rate-limited"
    default_remedy = "Wait and try again."

    def __init__(self, message: str, retry_after_seconds: int) -> None:
        """Say when it is worth trying again.

        Args:
            message: What came too often.
            retry_after_seconds: How long to wait.
        """
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


FAILURE_OF_STATUS: Mapping[int, type[FunctionFailedError]] = {
    2: FunctionErrorError,
    3: FunctionTimedOutError,
    4: FunctionMemoryError,
    5: FunctionOutputError,
    6: InvocationCancelledError,
}
"""The error of each status that is paid and not a success."""
