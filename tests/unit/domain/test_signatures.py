"""Signatures are interchangeable with eth-account's, and only the one form of each is taken."""

from __future__ import annotations

import pickle

import pytest
from eth_account import Account
from eth_keys.datatypes import PrivateKey as EthPrivateKey
from eth_keys.datatypes import Signature as EthSignature
from hypothesis import given
from hypothesis import strategies as st

from chainfaas.domain.encodings import Bytes32
from chainfaas.domain.errors import (
    InvalidInputError,
    SignatureError,
    SignatureLengthError,
    SignatureMalleableError,
    SignatureRecoveryIdError,
    SignerMismatchError,
)
from chainfaas.domain.identifiers import ZERO_ADDRESS
from chainfaas.domain.signatures import CURVE_ORDER, Signature, SigningKey, check_signer, recover_signer
from tests.unit.domain import strategies as some

SECRET = bytes(31) + b"\x07"
DIGEST = Bytes32(bytes(range(32)))


@pytest.fixture
def key() -> SigningKey:
    return SigningKey(SECRET)


def raw_signature(r: int, s: int, v: int) -> bytes:
    return r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes((v,))


@given(some.secrets, some.digests)
def test_sign__any_key_and_digest__same_bytes_as_eth_account(secret: bytes, digest: Bytes32) -> None:
    theirs = Account.unsafe_sign_hash(digest, private_key=secret)
    key = SigningKey(secret)
    assert key.sign(digest).raw == theirs.signature
    assert str(key.address) == Account.from_key(secret).address


@given(some.secrets, some.digests)
def test_sign__any_key_and_digest__eth_account_recovers_the_signer(secret: bytes, digest: Bytes32) -> None:
    key = SigningKey(secret)
    recovered = Account._recover_hash(digest, signature=key.sign(digest).raw)
    assert recovered == str(key.address)


@given(some.secrets, some.digests)
def test_recover_signer__signed_by_another_implementation__its_address(
    secret: bytes, digest: Bytes32
) -> None:
    theirs = EthPrivateKey(secret).sign_msg_hash(digest)
    signature = Signature(raw_signature(theirs.r, theirs.s, theirs.v + 27))
    assert str(recover_signer(digest, signature)) == EthPrivateKey(secret).public_key.to_checksum_address()


@given(st.binary(min_size=65, max_size=65), some.digests)
def test_recover_signer__any_bytes__signer_as_others_see_it_or_refused(raw: bytes, digest: Bytes32) -> None:
    try:
        signer = recover_signer(digest, Signature(raw[:64] + bytes((27 + raw[64] % 2,))))
    except SignatureError:
        return
    theirs = EthSignature(vrs=(raw[64] % 2, int.from_bytes(raw[:32]), int.from_bytes(raw[32:64])))
    assert str(signer) == theirs.recover_public_key_from_msg_hash(digest).to_checksum_address()


@given(some.signing_keys, some.digests)
def test_signature__its_mirror_with_high_s__refused(key: SigningKey, digest: Bytes32) -> None:
    signature = key.sign(digest)
    with pytest.raises(SignatureMalleableError):
        Signature(raw_signature(signature.r, CURVE_ORDER - signature.s, 55 - signature.v))


@pytest.mark.parametrize("length", [0, 64, 66, 130])
def test_signature__another_length__refused(length: int) -> None:
    with pytest.raises(SignatureLengthError, match=f"{length} bytes"):
        Signature(bytes(length))


@pytest.mark.parametrize("v", [0, 1, 26, 29, 255])
def test_signature__recovery_byte_not_27_or_28__refused(v: int) -> None:
    with pytest.raises(SignatureRecoveryIdError):
        Signature(raw_signature(1, 1, v))


@pytest.mark.parametrize(("r", "s"), [(0, 1), (1, 0), (CURVE_ORDER, 1), (2**256 - 1, 1)])
def test_signature__scalar_out_of_range__refused(r: int, s: int) -> None:
    with pytest.raises(SignatureError):
        Signature(raw_signature(r, s, 27))


def test_recover_signer__r_of_no_point__refused() -> None:
    # x = 5 is on no point of the curve.
    with pytest.raises(SignatureError, match="No key"):
        recover_signer(DIGEST, Signature(raw_signature(5, 1, 27)))


@pytest.mark.parametrize("text", ["", "0x", "00" * 65, "0x" + "AB" * 65, "0x" + "0" * 129, "0x" + "ab" * 64])
def test_parse__not_65_bytes_of_lower_case_hex__refused(text: str) -> None:
    with pytest.raises(SignatureError):
        Signature.parse(text)


def test_parse__text_of_a_signature__the_same(key: SigningKey) -> None:
    signature = key.sign(DIGEST)
    assert Signature.parse(str(signature)) == signature


def test_check_signer__own_address__passes(key: SigningKey) -> None:
    check_signer(DIGEST, key.sign(DIGEST), key.address)


def test_check_signer__another_address__names_both(key: SigningKey) -> None:
    with pytest.raises(SignerMismatchError, match=f"{key.address}.*{ZERO_ADDRESS}"):
        check_signer(DIGEST, key.sign(DIGEST), ZERO_ADDRESS)


@pytest.mark.parametrize(
    "secret", [b"", bytes(32), bytes(31), CURVE_ORDER.to_bytes(32, "big"), b"\xff" * 32, b"\x01" * 33]
)
def test_signing_key__no_key_of_the_curve__refused_without_repeating_it(secret: bytes) -> None:
    with pytest.raises(InvalidInputError) as refused:
        SigningKey(secret)
    assert not secret or secret.hex() not in str(refused.value)


def test_signing_key__printed__shows_the_address_only(key: SigningKey) -> None:
    assert repr(key) == f"SigningKey({key.address})"
    assert SECRET.hex() not in f"{key} {key!r}"


def test_signing_key__pickled__refused(key: SigningKey) -> None:
    with pytest.raises(TypeError):
        pickle.dumps(key)
