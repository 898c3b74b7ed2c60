"""Who and what: addresses, and the numbers of controllers, providers, functions, batches and jobs.

A batch id holds its controller, and a job id its batch, so that each can be made by its controller before the
chain knows of it::

    batch id (u57 in a u64) = controller id << 42 | sequence
    job id   (u63 in a u64) = batch id << 6 | index
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import NewType, Self

from chainfaas.domain.encodings import check_unsigned, parse_decimal, parse_hex
from chainfaas.domain.errors import InvalidEncodingError, InvalidIdentifierError
from chainfaas.domain.keccak import keccak256

ChainId = NewType("ChainId", int)
"""Number of a chain, drawn at its genesis."""
ControllerId = NewType("ControllerId", int)
"""Number of a controller's key, 1 to 32,767; a new key is a new number."""
ProviderId = NewType("ProviderId", int)
"""Number of a provider, u32 from 1."""
FunctionId = NewType("FunctionId", int)
"""Number of a function, u32 from 1; its text is ``fn-<number>``."""
VersionId = NewType("VersionId", int)
"""Number of an immutable function version, u32 from 1."""
BatchId = NewType("BatchId", int)
"""Controller id and sequence in one number."""
JobId = NewType("JobId", int)
"""Batch id and index in one number; a decimal string in JSON and URLs."""

MAX_CHAIN_ID = 4_503_599_627_370_476
"""The largest chain id that MetaMask takes."""
MAX_BATCH_JOBS = 48
"""Orders in one batch at most, the width of the open bitmap."""

CONTROLLER_BITS = 15
SEQUENCE_BITS = 42
INDEX_BITS = 6
NUMBER_BITS = 32

_INVOCATION_TEXT = re.compile(r"inv_([a-z2-7]{52})", re.ASCII)
_ADDRESS_TEXT = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)


def _number(name: str, value: int | str, bits: int) -> int:
    if isinstance(value, str):
        value = parse_decimal(value, bits, name=name, error=InvalidIdentifierError)
    check_unsigned(name, value, bits, least=1, error=InvalidIdentifierError)
    return value


def chain_id(value: int | str) -> ChainId:
    """Return ``value`` as a chain id.

    Raises:
        InvalidIdentifierError: it is not from 1 to `MAX_CHAIN_ID`.
    """
    number = _number("The chain id", value, 64)
    if number > MAX_CHAIN_ID:
        raise InvalidIdentifierError(f"The chain id {number} is above {MAX_CHAIN_ID}, which wallets refuse.")
    return ChainId(number)


def controller_id(value: int | str) -> ControllerId:
    """Return ``value`` as a controller id.

    Raises:
        InvalidIdentifierError: it is not from 1 to 32,767.
    """
    return ControllerId(_number("The controller id", value, CONTROLLER_BITS))


def provider_id(value: int | str) -> ProviderId:
    """Return ``value`` as a provider id.

    Raises:
        InvalidIdentifierError: it is not a u32 from 1.
    """
    return ProviderId(_number("The provider id", value, NUMBER_BITS))


def function_id(value: int | str) -> FunctionId:
    """Return ``value`` as a function id; a text is bare digits or ``fn-`` and digits.

    Raises:
        InvalidIdentifierError: it is not a u32 from 1.
    """
    if isinstance(value, str):
        value = value.removeprefix("fn-")
    return FunctionId(_number("The function id", value, NUMBER_BITS))


def format_function_id(function: FunctionId) -> str:
    """Return the text ``fn-<number>``."""
    return f"fn-{function}"


def version_id(value: int | str) -> VersionId:
    """Return ``value`` as a version id.

    Raises:
        InvalidIdentifierError: it is not a u32 from 1.
    """
    return VersionId(_number("The version id", value, NUMBER_BITS))


@dataclass(frozen=True, slots=True)
class BatchNumber:
    """The two numbers inside a batch id."""

    controller: ControllerId
    sequence: int
    """Count of the controller's batches, u42, never used twice."""

    def __post_init__(self) -> None:
        """Refuse numbers that do not fit."""
        controller_id(self.controller)
        check_unsigned("The sequence", self.sequence, SEQUENCE_BITS, error=InvalidIdentifierError)

    @property
    def batch_id(self) -> BatchId:
        """Both numbers in one."""
        return BatchId(self.controller << SEQUENCE_BITS | self.sequence)


@dataclass(frozen=True, slots=True)
class JobNumber:
    """The two numbers inside a job id."""

    batch: BatchId
    index: int
    """Place of the job's order in its batch, 0 to 47."""

    def __post_init__(self) -> None:
        """Refuse numbers that do not fit."""
        batch_id(self.batch)
        if not 0 <= self.index < MAX_BATCH_JOBS:
            raise InvalidIdentifierError(f"The job index {self.index} is not from 0 to {MAX_BATCH_JOBS - 1}.")

    @property
    def job_id(self) -> JobId:
        """Both numbers in one."""
        return JobId(self.batch << INDEX_BITS | self.index)


def compose_batch_id(controller: ControllerId, sequence: int) -> BatchId:
    """Return the id of a controller's batch number ``sequence`` (u42).

    Raises:
        InvalidIdentifierError: one of them does not fit.
    """
    return BatchNumber(controller, sequence).batch_id


def decompose_batch_id(batch: int) -> BatchNumber:
    """Return the controller and the sequence inside a batch id.

    Raises:
        InvalidIdentifierError: the number has no controller, or is too large.
    """
    check_unsigned("The batch id", batch, CONTROLLER_BITS + SEQUENCE_BITS, error=InvalidIdentifierError)
    return BatchNumber(ControllerId(batch >> SEQUENCE_BITS), batch & (1 << SEQUENCE_BITS) - 1)


def batch_id(value: int | str) -> BatchId:
    """Return ``value`` as a batch id.

    Raises:
        InvalidIdentifierError: no controller can have made it.
    """
    number = _number("The batch id", value, CONTROLLER_BITS + SEQUENCE_BITS)
    return decompose_batch_id(number).batch_id


def compose_job_id(batch: BatchId, index: int) -> JobId:
    """Return the id of the job at ``index`` (0 to 47) of a batch.

    Raises:
        InvalidIdentifierError: one of them does not fit.
    """
    return JobNumber(batch, index).job_id


def decompose_job_id(job: int) -> JobNumber:
    """Return the batch and the index inside a job id.

    Raises:
        InvalidIdentifierError: the number has no batch, or its index is above 47.
    """
    return JobNumber(BatchId(job >> INDEX_BITS), job & (1 << INDEX_BITS) - 1)


def job_id(value: int | str) -> JobId:
    """Return ``value`` as a job id.

    Raises:
        InvalidIdentifierError: no batch can have it.
    """
    number = _number("The job id", value, CONTROLLER_BITS + SEQUENCE_BITS + INDEX_BITS)
    return decompose_job_id(number).job_id


@dataclass(frozen=True, slots=True, order=True)
class InvocationId:
    """What a caller asked for: 32 random bytes, which also salt every content hash of the call."""

    raw: bytes

    def __post_init__(self) -> None:
        """Refuse another length."""
        if len(self.raw) != 32:
            raise InvalidIdentifierError(f"An invocation id is 32 bytes long, not {len(self.raw)}.")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``inv_`` and 52 lower-case base32 characters (RFC 4648, section 6, no padding).

        Raises:
            InvalidIdentifierError: any other form, or unused bits in the last character.
        """
        match = _INVOCATION_TEXT.fullmatch(text)
        if match is None:
            raise InvalidIdentifierError("An invocation id is inv_ and 52 characters from a-z and 2-7.")
        try:
            invocation = cls(base64.b32decode(match[1].upper() + "===="))
        except binascii.Error as fault:
            raise InvalidIdentifierError("The invocation id is not base32.") from fault
        if str(invocation) != text:
            raise InvalidIdentifierError(
                "The last character of the invocation id carries bits that mean nothing."
            )
        return invocation

    def __str__(self) -> str:
        """Return the text form."""
        return "inv_" + base64.b32encode(self.raw).rstrip(b"=").decode().lower()


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """An account or a contract: 20 bytes inside, the EIP-55 checksum outside."""

    raw: bytes

    def __post_init__(self) -> None:
        """Refuse another length."""
        if len(self.raw) != 20:
            raise InvalidIdentifierError(f"An address is 20 bytes long, not {len(self.raw)}.")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an address: EIP-55 mixed case with the right checksum, or hex digits all in lower case.

        Raises:
            InvalidIdentifierError: any other form, or a checksum that does not fit.
        """
        if not _ADDRESS_TEXT.fullmatch(text):
            raise InvalidIdentifierError("An address is 0x and 40 hex digits.")
        address = cls(bytes.fromhex(text[2:]))
        if text not in (text.lower(), str(address)):
            raise InvalidIdentifierError(f"The checksum of the address {text} does not fit; it was mistyped.")
        return address

    @classmethod
    def parse_hex(cls, text: str) -> Self:
        """Read ``0x`` and 40 lower-case hex digits, as JSON-RPC data carries them.

        Raises:
            InvalidIdentifierError: any other form.
        """
        try:
            return cls(parse_hex(text, 20, name="The address"))
        except InvalidEncodingError as fault:
            raise InvalidIdentifierError(fault.message) from fault

    def __str__(self) -> str:
        """Return the text with its checksum (EIP-55)."""
        digits = self.raw.hex()
        nibbles = keccak256(digits.encode()).hex()
        return "0x" + "".join(
            digit.upper() if nibble >= "8" else digit for digit, nibble in zip(digits, nibbles, strict=False)
        )


ZERO_ADDRESS = Address(bytes(20))
