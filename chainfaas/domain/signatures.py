"""Signatures over 32-byte digests with secp256k1: 65 bytes, ``r | s | v``, v 27 or 28, s in the lower half.

Nonces are those of RFC 6979, so that the same key signs the same digest with the same bytes, always.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from coincurve import PrivateKey, PublicKey

from chainfaas.domain.encodings import Bytes32, format_hex, parse_hex
from chainfaas.domain.errors import (
    InvalidEncodingError,
    InvalidInputError,
    SignatureError,
    SignatureLengthError,
    SignatureMalleableError,
    SignatureRecoveryIdError,
    SignerMismatchError,
)
from chainfaas.domain.identifiers import Address
from chainfaas.domain.keccak import keccak256

SIGNATURE_BYTES = 65
CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""The order of secp256k1's group (SEC 2, 2.4.1)."""
_HALF_ORDER = CURVE_ORDER // 2
_RECOVERY_OFFSET = 27


@dataclass(frozen=True, slots=True)
class Signature:
    """65 bytes that passed every check but whose they are."""

    raw: bytes

    def __post_init__(self) -> None:
        """Refuse every form but the one that the contracts take."""
        if len(self.raw) != SIGNATURE_BYTES:
            raise SignatureLengthError(f"The signature is {len(self.raw)} bytes long, not {SIGNATURE_BYTES}.")
        if self.v not in (_RECOVERY_OFFSET, _RECOVERY_OFFSET + 1):
            raise SignatureRecoveryIdError(f"The last byte of the signature is {self.v}, neither 27 nor 28.")
        if not 0 < self.r < CURVE_ORDER or self.s == 0:
            raise SignatureError("The r or s of the signature is zero or not below the curve's order.")
        if self.s > _HALF_ORDER:
            raise SignatureMalleableError

    @classmethod
    def parse(cls, text: str) -> Signature:
        """Read ``0x`` and 130 lower-case hex digits.

        Raises:
            SignatureError: one of its subclasses says what is wrong.
        """
        try:
            raw = parse_hex(text, name="The signature")
        except InvalidEncodingError as fault:
            raise SignatureError(fault.message) from fault
        return cls(raw)

    @property
    def r(self) -> int:
        """The first 32 bytes."""
        return int.from_bytes(self.raw[:32], "big")

    @property
    def s(self) -> int:
        """The second 32 bytes."""
        return int.from_bytes(self.raw[32:64], "big")

    @property
    def v(self) -> int:
        """The last byte, 27 or 28."""
        return self.raw[64]

    def __str__(self) -> str:
        """Return ``0x`` and lower-case hex digits."""
        return format_hex(self.raw)


class SigningKey:
    """A private key that signs and shows nothing but its address."""

    __slots__ = ("_key", "address")

    address: Address
    """The account of the key."""

    def __init__(self, secret: bytes) -> None:
        """Take the key.

        Args:
            secret: 32 bytes, as a keystore file yields them.

        Raises:
            InvalidInputError: they are no key of secp256k1; the message does not repeat them.
        """
        if len(secret) != 32 or not 0 < int.from_bytes(secret, "big") < CURVE_ORDER:
            raise InvalidInputError("The bytes given are no private key.", remedy="Check the keystore file.")
        self._key = PrivateKey(secret)
        self.address = _address_of(self._key.public_key)

    def sign(self, digest: Bytes32) -> Signature:
        """Sign a digest (RFC 6979, low s)."""
        signed = self._key.sign_recoverable(digest, hasher=None)
        return Signature(signed[:64] + bytes((signed[64] + _RECOVERY_OFFSET,)))

    def __repr__(self) -> str:
        """Return the address only."""
        return f"SigningKey({self.address})"

    def __reduce__(self) -> NoReturn:
        """Refuse to be copied into a file or another process.

        Raises:
            TypeError: always.
        """
        raise TypeError("A signing key is not pickled.")


def recover_signer(digest: Bytes32, signature: Signature) -> Address:
    """Return whose signature over ``digest`` this is.

    Raises:
        SignatureError: no key can have made it.
    """
    recoverable = signature.raw[:64] + bytes((signature.v - _RECOVERY_OFFSET,))
    try:
        key = PublicKey.from_signature_and_message(recoverable, digest, hasher=None)
    except Exception as fault:  # coincurve raises bare Exception where the point is not on the curve
        raise SignatureError("No key can have made this signature over this digest.") from fault
    return _address_of(key)


def check_signer(digest: Bytes32, signature: Signature, expected: Address) -> None:
    """Make sure that ``expected`` signed ``digest``.

    Raises:
        SignerMismatchError: somebody else did.
        SignatureError: nobody can have.
    """
    signer = recover_signer(digest, signature)
    if signer != expected:
        raise SignerMismatchError(f"The signature is by {signer}, not by {expected}.")


def _address_of(key: PublicKey) -> Address:
    return Address(keccak256(key.format(compressed=False)[1:])[-20:])
