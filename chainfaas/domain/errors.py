"""The errors that ChainFaaS raises on purpose: one tree, one shape.

::

    ChainFaaSError
    ├── InvalidInputError               what was given cannot be right, now or later
    │   ├── InvalidIdentifierError
    │   ├── InvalidAmountError
    │   ├── InvalidEncodingError        bytes or JSON of the wrong form
    │   ├── InvalidOutcomeError
    │   ├── InvalidManifestError
    │   ├── InvalidReceiptError
    │   └── SignatureError
    │       ├── SignatureLengthError
    │       ├── SignatureRecoveryIdError
    │       ├── SignatureMalleableError
    │       └── SignerMismatchError
    ├── NotFoundError                   the thing named does not exist, or not for this caller
    ├── ConflictError                   the thing is in a state that does not allow the request
    │   └── InvalidTransitionError
    ├── LimitExceededError              a bound of the limits table was crossed
    ├── ConfigurationError              settings or files of this installation do not fit
    ├── ChainError                      the chain could not be reached or refused
    └── InternalError                   a fault of ours

A package adds classes of its own in its ``errors.py``, below one of these branches.
"""

from __future__ import annotations

from typing import ClassVar


class ChainFaaSError(Exception):
    """Something in ChainFaaS went wrong."""

    code: ClassVar[str] = "error"
    """Stable kebab-case name of the kind; problem documents and the command line print it."""

    default_remedy: ClassVar[str] = "See the log for what led to this."

    def __init__(self, message: str | None = None, *, remedy: str | None = None) -> None:
        """Keep both sentences.

        Args:
            message: What happened and to what; the class's docstring where absent.
            remedy: What to do next; the class's default where absent.
        """
        self.message = message or self._summary()
        self.remedy = remedy or self.default_remedy
        super().__init__(self.message)

    @classmethod
    def _summary(cls) -> str:
        return (cls.__doc__ or cls.__name__).strip().splitlines()[0]

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}"

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions are rebuilt from positional arguments alone, which would lose the remedy and any field.
        return (_rebuild, (type(self), self.args, self.__dict__))


def _rebuild(
    kind: type[ChainFaaSError], args: tuple[object, ...], state: dict[str, object]
) -> ChainFaaSError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class InvalidInputError(ChainFaaSError):
    """A value that was given is not valid."""

    code = "invalid-input"
    default_remedy = "Correct the value and try again."


class InvalidIdentifierError(InvalidInputError):
    """An identifier is malformed or out of its range."""

    code = "invalid-identifier"
    default_remedy = "Check the identifier against where it was printed."


class InvalidAmountError(InvalidInputError):
    """An amount is malformed, negative, inexact or too wide for its field."""

    code = "invalid-amount"
    default_remedy = "Give a plain decimal number that fits the field without rounding."


class InvalidEncodingError(InvalidInputError):
    """Bytes or JSON do not have the form that the protocol fixes."""

    code = "invalid-encoding"
    default_remedy = "Encode the value as docs/protocol.md says."


class InvalidOutcomeError(InvalidInputError):
    """A status, run time or exit code is outside what a record can hold."""

    code = "invalid-outcome"
    default_remedy = "Use a status from 1 to 9 and times that fit 32 bits."


class InvalidManifestError(InvalidInputError):
    """A version manifest is malformed."""

    code = "invalid-manifest"
    default_remedy = "Correct the named field; docs/protocol.md lists all of them."


class InvalidReceiptError(InvalidInputError):
    """A receipt document is malformed or its parts contradict each other."""

    code = "invalid-receipt"
    default_remedy = "Fetch the receipt again; do not trust this copy."


class SignatureError(InvalidInputError):
    """A signature is not acceptable."""

    code = "invalid-signature"
    default_remedy = "Sign the same digest again with the right key."


class SignatureLengthError(SignatureError):
    """A signature is not exactly 65 bytes long."""

    code = "signature-length"
    default_remedy = "Send r, s and v as 65 bytes; the 64-byte compact form is refused."


class SignatureRecoveryIdError(SignatureError):
    """The last byte of a signature is neither 27 nor 28."""

    code = "signature-recovery-id"
    default_remedy = "Add 27 to a recovery id of 0 or 1."


class SignatureMalleableError(SignatureError):
    """The s of a signature lies in the upper half of the curve's order."""

    code = "signature-high-s"
    default_remedy = "Replace s by the order minus s, and swap 27 and 28."


class SignerMismatchError(SignatureError):
    """A signature was made by another key than the one expected."""

    code = "signer-mismatch"
    default_remedy = "Check key, chain id and ledger address; all three enter the digest."


class NotFoundError(ChainFaaSError):
    """The thing that was asked for does not exist."""

    code = "not-found"
    default_remedy = "Check the name or the number."


class ConflictError(ChainFaaSError):
    """The thing is in a state that does not allow this."""

    code = "conflict"
    default_remedy = "Read its present state and decide again."


class InvalidTransitionError(ConflictError):
    """A job cannot go from its present state to the one asked for."""

    code = "invalid-transition"


class LimitExceededError(ChainFaaSError):
    """A limit was exceeded."""

    code = "limit-exceeded"
    default_remedy = "Stay within the limits printed in docs/protocol.md."


class ConfigurationError(ChainFaaSError):
    """The settings or files of this installation do not fit together."""

    code = "configuration"
    default_remedy = "Correct the setting that is named."


class ChainError(ChainFaaSError):
    """The chain could not be reached, or refused what was asked."""

    code = "chain"
    default_remedy = "Check that the node runs and that the URL is right."


class InternalError(ChainFaaSError):
    """ChainFaaS broke one of its own rules."""

    code = "internal"
    default_remedy = "Report this with the log; nothing you gave caused it."
