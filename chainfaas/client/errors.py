"""What can go wrong for somebody who uses ChainFaaS, below the branches of the one tree.

::

    ChainFaaSError
    ├── ControllerUnreachableError      no answer from the controller, or none that makes sense
    ├── ControllerError                 the controller says that it cannot serve the request
    │   ├── NotSignedInError            401: no token, or one that is over
    │   ├── EscrowTooSmallError         402: the escrow cannot carry the call
    │   ├── NotAllowedError             403: the account may not do this
    │   ├── NobodyServesError           503: no provider can run it, or all are busy
    │   └── FunctionFailedError         502, 504: the function ran and did not succeed
    ├── NotEndedError                   a call has not ended in the time given
    ├── UnexpectedEventsError           a contract did not say what it always says
    InvalidInputError
    ├── RequestRefusedError             400, 415, 422: the controller does not take the request
    ├── InvalidWalletNameError          no name for a wallet
    ├── FunctionFileError               a function's file is malformed
    └── ProgramNotBuiltError            the command that builds a function's program failed
    NotFoundError
    ├── ThingNotFoundError              404
    ├── WalletNotFoundError             there is no wallet of that name
    ├── FunctionUnknownError            the wallet has no such function
    └── EscrowNotFoundError             nothing was set aside for that controller
    ConflictError
    ├── RequestConflictError            409
    ├── CoinMissingError                the account cannot pay for its transactions
    ├── WalletExistsError               there is one already
    ├── FunctionFolderError             a new function has no place to go to
    └── BuildOutdatedError              a function's folder was changed since it was built, or never built
    LimitExceededError
    └── RequestLimitError               413, 429
"""

from __future__ import annotations

from collections.abc import Mapping

from chainfaas.domain.canonical_json import JsonValue
from chainfaas.domain.errors import (
    ChainFaaSError,
    ConflictError,
    InternalError,
    InvalidInputError,
    LimitExceededError,
    NotFoundError,
)


class ControllerUnreachableError(ChainFaaSError):
    """The controller does not answer."""

    code = "controller-unreachable"
    default_remedy = "Check that it runs (`chainfaas status`) and that its address is right."


class AnsweredError:
    """Mixed into errors that came as a problem document: what it said beyond the two sentences."""

    status: int = 0
    """Of HTTP."""
    facts: Mapping[str, JsonValue] = {}
    """All members of the document."""
    headers: Mapping[str, str] = {}
    """The answer's own headers, by lower-case names."""


class ControllerError(AnsweredError, ChainFaaSError):
    """The controller cannot serve the request."""

    code = "controller-error"
    default_remedy = "Try again later; the controller's log says more."


class NotSignedInError(ControllerError):
    """The controller does not know who asks."""

    code = "unauthenticated"
    default_remedy = "Sign in again."


class EscrowTooSmallError(ControllerError):
    """The escrow for this controller cannot carry the call."""

    code = "payment-required"
    default_remedy = "Set more aside with `chainfaas wallet fund`."


class NotAllowedError(ControllerError):
    """The account may not do this."""

    code = "forbidden"
    default_remedy = "Use the wallet that owns it."


class NobodyServesError(ControllerError):
    """No provider runs the call."""

    code = "busy"
    default_remedy = "Read the reasons, or try again later."


class FunctionFailedError(ControllerError):
    """The function ran and did not succeed."""

    code = "function-failed"
    default_remedy = "Read the log: `chainfaas invocation log`."


class NotEndedError(ChainFaaSError):
    """A call has not ended in the time given."""

    code = "not-ended"
    default_remedy = "Wait on: `chainfaas invocation wait`."


class RequestRefusedError(AnsweredError, InvalidInputError):
    """The controller does not take the request as it is."""

    code = "invalid-request"


class ThingNotFoundError(AnsweredError, NotFoundError):
    """The controller does not know what was named."""


class RequestConflictError(AnsweredError, ConflictError):
    """The thing is in a state that does not allow the request."""


class RequestLimitError(AnsweredError, LimitExceededError):
    """The request crosses a limit of the controller."""


class CoinMissingError(ConflictError):
    """The account does not hold the coin that its transactions may cost."""

    code = "coin-missing"
    default_remedy = "Get coin with `chainfaas faucet`."


class UnexpectedEventsError(InternalError):
    """A contract did not say what it always says."""

    code = "unexpected-events"


class InvalidWalletNameError(InvalidInputError):
    """A wallet cannot have this name."""

    code = "invalid-wallet-name"
    default_remedy = "Use 1 to 63 of a-z, 0-9 and -, a letter first."


class WalletNotFoundError(NotFoundError):
    """There is no wallet of this name."""

    code = "wallet-not-found"
    default_remedy = "List them with `chainfaas wallet list`, or make one with `chainfaas wallet new`."


class FunctionUnknownError(NotFoundError):
    """The wallet has no such function."""

    code = "function-unknown"
    default_remedy = "List its functions with `chainfaas function list`."


class EscrowNotFoundError(NotFoundError):
    """Nothing was ever set aside for this controller."""

    code = "escrow-not-found"
    default_remedy = "List what is set aside with `chainfaas wallet show`."


class WalletExistsError(ConflictError):
    """There is a wallet of this name already."""

    code = "wallet-exists"
    default_remedy = "Use it, or choose another name."


class FunctionFileError(InvalidInputError):
    """A function's file is malformed."""

    code = "function-file"
    default_remedy = "Correct the named field; docs/guides/developer.md lists all of them."


class FunctionFolderError(ConflictError):
    """A new function's folder cannot be made."""

    code = "function-folder"
    default_remedy = "Choose another name, or another place with --into; nothing is overwritten."


class BuildOutdatedError(ConflictError):
    """What was built of a function is not what its folder holds."""

    code = "build-outdated"
    default_remedy = "Run `chainfaas function build` on its folder."


class ProgramNotBuiltError(InvalidInputError):
    """The command that builds a function's program failed."""

    code = "program-not-built"
    default_remedy = "Run the command in the function's folder and mend what it says."
