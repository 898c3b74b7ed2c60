from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import cast

import pytest

from chainfaas.chain.bindings.peer_registry import ControllerKey
from chainfaas.domain.encodings import Bytes32, format_hex
from chainfaas.domain.identifiers import Address, ChainId, ControllerId
from chainfaas.domain.sessions import Session
from chainfaas.domain.sign_in import SignInMessage, personal_digest
from chainfaas.domain.signatures import SigningKey, check_signer
from chainfaas.domain.times import UnixSeconds
from chainfaas.domain.typed_data import SigningDomain, hash_session
from chainfaas.domain.wire.log_in import (
    Challenge,
    ControllerIdentity,
    SessionGrant,
    parse_challenge_request,
    parse_session_request,
)
from chainfaas.provider.controller_api.connection import Answer, ControllerConnection, Request
from chainfaas.provider.controller_api.errors import ControllerUnreachableError, ControllerUntrustedError
from chainfaas.provider.controller_api.log_in import ProviderIdentity, log_in
from tests.unit.provider.provider_samples import (
    CONTROLLER,
    CONTROLLER_KEY,
    DOMAIN,
    NOW,
    OPERATOR_KEY,
    PROVIDER,
    STRANGER_KEY,
)

NONCE, HOST = Bytes32(b"\x05" * 32), "controller.example:8443"
MESSAGE = SignInMessage(
    host=HOST,
    address=OPERATOR_KEY.address,
    uri=f"https://{HOST}",
    chain_id=DOMAIN.chain_id,
    nonce=format_hex(NONCE),
    issued_at=NOW,
    expires_at=UnixSeconds(NOW + 300),
)
SESSION = Session(OPERATOR_KEY.address, NONCE, UnixSeconds(NOW + 3_600))
OTHER_NETWORK = SigningDomain(ChainId(5), DOMAIN.ledger)


def granted(session: Session = SESSION, key: SigningKey = CONTROLLER_KEY) -> SessionGrant:
    signature = key.sign(DOMAIN.digest(hash_session(session)))
    identity = ControllerIdentity(CONTROLLER, CONTROLLER_KEY.address, DOMAIN)
    return SessionGrant("secret", session, signature, identity, 10_000, 25_000, 65_536)


@dataclass
class Controller:
    """Answers a log-in, and remembers whether something was signed."""

    text: str = MESSAGE.text
    grant: SessionGrant = granted()  # noqa: RUF009 - a value like any other
    signed: bool = False
    host: str = HOST
    base_url: str = f"https://{HOST}"

    def send(self, request: Request) -> Answer:
        assert request.body is not None
        value = json.loads(request.body)
        if request.path == "/v1/provider/challenge":
            asked = parse_challenge_request(value)
            assert (asked.operator, asked.provider_id) == (OPERATOR_KEY.address, PROVIDER)
            return answer(Challenge(self.text, NONCE).as_json())
        signed = parse_session_request(value)
        check_signer(personal_digest(signed.message), signed.signature, OPERATOR_KEY.address)
        self.signed = True
        return answer(self.grant.as_json())


def answer(document: object) -> Answer:
    return Answer("application/json", json.dumps(document).encode())


def registry(key: Address | None = CONTROLLER_KEY.address) -> Callable[[ControllerId], ControllerKey | None]:
    return lambda _: None if key is None else ControllerKey(key, None)


def log_in_to(controller: Controller, key: Address | None = CONTROLLER_KEY.address) -> SessionGrant:
    identity = ProviderIdentity(PROVIDER, OPERATOR_KEY, DOMAIN, registry(key))
    return log_in(cast("ControllerConnection", controller), identity)


def test_log_in__controller_with_its_key__granted() -> None:
    assert log_in_to(Controller()) == granted()


@pytest.mark.parametrize(
    "text",
    [
        replace(MESSAGE, host="bank.example").text,
        replace(MESSAGE, host=HOST + "0").text,
        replace(MESSAGE, address=STRANGER_KEY.address).text,
        replace(MESSAGE, chain_id=ChainId(1)).text,
        replace(MESSAGE, nonce=format_hex(bytes(32))).text,
        "I owe you 1,000 tokens.",
        MESSAGE.text + "\nResources:\n- https://bank.example",
        "",
    ],
)
def test_log_in__another_text_to_sign__not_signed(text: str) -> None:
    controller = Controller(text=text)
    with pytest.raises(ControllerUntrustedError):
        log_in_to(controller)
    assert not controller.signed


@pytest.mark.parametrize(
    "grant",
    [
        granted(key=STRANGER_KEY),
        granted(replace(SESSION, operator=STRANGER_KEY.address)),
        granted(replace(SESSION, nonce=Bytes32(bytes(32)))),
        replace(granted(), session=replace(SESSION, expires=UnixSeconds(NOW + 9_999))),
        replace(granted(), controller=replace(granted().controller, domain=OTHER_NETWORK)),
        replace(granted(), controller=replace(granted().controller, key=STRANGER_KEY.address)),
    ],
)
def test_log_in__grant_that_proves_nothing__refused(grant: SessionGrant) -> None:
    with pytest.raises(ControllerUntrustedError):
        log_in_to(Controller(grant=grant))


@pytest.mark.parametrize("key", [None, STRANGER_KEY.address])
def test_log_in__registry_with_another_key__refused(key: Address | None) -> None:
    with pytest.raises(ControllerUntrustedError, match="registry"):
        log_in_to(Controller(), key)


def test_log_in__answer_that_makes_no_sense__unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    controller = Controller()
    monkeypatch.setattr(controller, "send", lambda _: Answer("text/html", b"<html>"))
    with pytest.raises(ControllerUnreachableError):
        log_in_to(controller)
