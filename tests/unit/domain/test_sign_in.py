from __future__ import annotations

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct
from hypothesis import given
from hypothesis import strategies as st

from chainfaas.domain.identifiers import ChainId
from chainfaas.domain.sign_in import SignInError, SignInMessage, parse_sign_in, personal_digest
from chainfaas.domain.signatures import SigningKey
from chainfaas.domain.times import UnixSeconds
from tests.unit.domain import strategies as values

MESSAGE = SignInMessage(
    host="controller.example:8443",
    address=SigningKey(b"\x01" * 32).address,
    uri="https://controller.example:8443",
    chain_id=ChainId(31_337),
    nonce="0x" + "ab" * 32,
    issued_at=UnixSeconds(1_800_000_000),
    expires_at=UnixSeconds(1_800_000_300),
    statement="Provider 7 signs in.",
)
messages = st.builds(
    SignInMessage,
    host=st.from_regex(r"[a-z0-9.-]{1,30}(:[0-9]{1,5})?", fullmatch=True),
    address=values.addresses,
    uri=st.from_regex(r"https?://[a-z0-9./:-]{1,30}", fullmatch=True),
    chain_id=st.integers(1, 2**40).map(ChainId),
    nonce=st.from_regex(r"[0-9a-zA-Z]{8,70}", fullmatch=True),
    issued_at=values.times,
    expires_at=values.times,
    statement=st.from_regex(r"[ -~]{0,60}", fullmatch=True),
)


@given(message=messages)
def test_parse_sign_in__what_was_written__comes_back(message: SignInMessage) -> None:
    assert parse_sign_in(message.text) == message


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Version: 1", "Version: 2"),
        ("Chain ID: 31337", "Chain ID: 031337"),
        ("Chain ID: 31337", "Chain ID: 0"),
        ("Nonce: 0x", "Nonce: 0x "),
        ("wants you to sign in", "wants you to pay"),
        ("2027-01-15T08:00:00Z", "2027-01-15T08:00:61Z"),
        ("2027-01-15T08:00:00Z", "2027-01-15 08:00:00Z"),
        ("Provider 7 signs in.", "Provider 7\nsigns in."),
        ("Provider 7 signs in.", "Provider 7 signs in\u2028"),
        ("https://controller", "https:// controller"),
        ("0x", "0X"),
        ("\nURI", "URI"),
        ("Issued At", "Not Before"),
    ],
)
def test_parse_sign_in__another_form__refused(old: str, new: str) -> None:
    assert old in MESSAGE.text
    with pytest.raises(SignInError):
        parse_sign_in(MESSAGE.text.replace(old, new))


@pytest.mark.parametrize(
    "text", ["", MESSAGE.text + "\n", MESSAGE.text + "\nResources:\n- https://a", " " + MESSAGE.text]
)
def test_parse_sign_in__more_or_less_text__refused(text: str) -> None:
    with pytest.raises(SignInError):
        parse_sign_in(text)


def test_parse_sign_in__address_in_lower_case__refused() -> None:
    with pytest.raises(SignInError):
        parse_sign_in(MESSAGE.text.replace(str(MESSAGE.address), str(MESSAGE.address).lower()))


@pytest.mark.parametrize(("now", "current"), [(1_800_000_299, True), (1_800_000_300, False)])
def test_is_current__around_the_expiry__until_it(now: int, current: bool) -> None:
    assert MESSAGE.is_current(UnixSeconds(now)) is current


@given(text=st.text(max_size=100), secret=values.secrets)
def test_personal_digest__any_text__signed_as_eth_account_signs(text: str, secret: bytes) -> None:
    theirs = Account.from_key(secret).sign_message(encode_defunct(text=text))
    assert SigningKey(secret).sign(personal_digest(text)).raw == bytes(theirs.signature)
