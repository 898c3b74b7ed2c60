"""Strict text and number forms: 0x hex, decimal integers, unsigned widths.

Every parser accepts exactly one spelling of a value, so that two texts that differ never mean the same thing.
"""

from __future__ import annotations

import re
from typing import NewType

from chainfaas.domain.errors import InvalidEncodingError

Bytes32 = NewType("Bytes32", bytes)
"""Exactly 32 bytes: a hash, a nonce or a word."""

ZERO_BYTES32 = Bytes32(bytes(32))

_HEX = re.compile(r"0x(?:[0-9a-f]{2})*", re.ASCII)
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,77}", re.ASCII)  # 78 digits hold any 256-bit number


def check_unsigned(
    name: str,
    value: int,
    bits: int,
    *,
    least: int = 0,
    error: type[InvalidEncodingError] | type[Exception] = InvalidEncodingError,
) -> None:
    """Refuse a number that does not fit its unsigned field.

    Args:
        name: What the number is, for the message.
        value: The number.
        bits: Width of the field in bits.
        least: Smallest number allowed.
        error: Class to raise; it takes one message.

    Raises:
        InvalidEncodingError: or ``error``; ``value`` is below ``least`` or needs more than ``bits`` bits.
    """
    if value < least or value >> bits:
        raise error(f"{name} is {value}, outside {least} to 2^{bits} - 1.")


def check_length(name: str, value: bytes, length_bytes: int) -> None:
    """Refuse bytes of another length than ``length_bytes``.

    Raises:
        InvalidEncodingError: the length differs; ``name`` says of what.
    """
    if len(value) != length_bytes:
        raise InvalidEncodingError(f"{name} is {len(value)} bytes long instead of {length_bytes}.")


def bytes32(value: bytes, name: str = "The value") -> Bytes32:
    """Return ``value`` as 32 bytes.

    Raises:
        InvalidEncodingError: it is longer or shorter.
    """
    check_length(name, value, 32)
    return Bytes32(value)


def format_hex(value: bytes) -> str:
    """Return ``value`` as ``0x`` and lower-case hex digits."""
    return "0x" + value.hex()


def parse_hex(text: str, length_bytes: int | None = None, *, name: str = "The value") -> bytes:
    """Read ``0x`` and lower-case hex digits.

    Args:
        text: The hex form.
        length_bytes: Length that the result must have; any where absent.
        name: What the value is, for the message.

    Raises:
        InvalidEncodingError: no ``0x``, an odd number of digits, upper case, or another length.
    """
    if not _HEX.fullmatch(text):
        raise InvalidEncodingError(f"{name} is not 0x and pairs of lower-case hex digits.")
    value = bytes.fromhex(text[2:])
    if length_bytes is not None:
        check_length(name, value, length_bytes)
    return value


def parse_bytes32(text: str, *, name: str = "The value") -> Bytes32:
    """Read 32 bytes from ``0x`` and 64 lower-case hex digits.

    Raises:
        InvalidEncodingError: any other form.
    """
    return Bytes32(parse_hex(text, 32, name=name))


def parse_decimal(
    text: str,
    bits: int,
    *,
    name: str = "The number",
    error: type[InvalidEncodingError] | type[Exception] = InvalidEncodingError,
) -> int:
    """Read an unsigned integer in decimal digits, without sign, spaces, leading zeros or separators.

    Args:
        text: The digits.
        bits: Width of the field that it must fit.
        name: What the number is, for the message.
        error: Class to raise; it takes one message.

    Raises:
        InvalidEncodingError: or ``error``, for any other form and for a number that is too large.
    """
    if not _DECIMAL.fullmatch(text):
        raise error(f"{name} is not a plain decimal integer.")
    value = int(text)
    check_unsigned(name, value, bits, error=error)
    return value
