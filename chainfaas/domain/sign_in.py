"""Sign-In with Ethereum (EIP-4361): the text that a key signs to prove itself, and nothing but that.

The one form that is taken, with or without the statement's line::

    controller.example wants you to sign in with your Ethereum account:
    0x…

    Statement.

    URI: https://controller.example
    Version: 1
    Chain ID: 4503599627370475
    Nonce: 0x…
    Issued At: 2026-01-31T12:00:00Z
    Expiration Time: 2026-01-31T12:05:00Z
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from chainfaas.domain.encodings import Bytes32
from chainfaas.domain.errors import InvalidInputError
from chainfaas.domain.identifiers import Address, ChainId, chain_id
from chainfaas.domain.keccak import keccak256
from chainfaas.domain.times import UnixSeconds, unix_seconds

MAX_CHARACTERS = 2_000

_TIME = "%Y-%m-%dT%H:%M:%SZ"
_FORM = re.compile(
    r"(?P<host>[A-Za-z0-9.:\[\]-]{1,255}) wants you to sign in with your Ethereum account:\n"
    r"(?P<address>0x[0-9a-fA-F]{40})\n"
    r"\n"
    r"(?:(?P<statement>[ -~]{1,500})\n)?"
    r"\n"
    r"URI: (?P<uri>[!-~]{1,500})\n"
    r"Version: 1\n"
    r"Chain ID: (?P<chain>[0-9]{1,20})\n"
    r"Nonce: (?P<nonce>[0-9a-zA-Z]{8,128})\n"
    r"Issued At: (?P<issued>[0-9TZ:-]{20})\n"
    r"Expiration Time: (?P<expires>[0-9TZ:-]{20})",
    re.ASCII,
)


class SignInError(InvalidInputError):
    """A sign-in message is not one that may be signed or taken."""

    code = "invalid-sign-in"
    default_remedy = "Ask for a fresh message and sign it as it is."


@dataclass(frozen=True, slots=True)
class SignInMessage:
    """What a key says when it signs in."""

    host: str
    """Host, and port where it is not the usual one, of the service that is signed in to."""
    address: Address
    uri: str
    """The service's own address."""
    chain_id: ChainId
    nonce: str
    """Eight letters and digits at least, good once."""
    issued_at: UnixSeconds
    expires_at: UnixSeconds
    statement: str = ""
    """A sentence for people; no line break."""

    @property
    def text(self) -> str:
        """The text that is signed."""
        lines = (
            f"{self.host} wants you to sign in with your Ethereum account:",
            str(self.address),
            "",
            *((self.statement,) if self.statement else ()),
            "",
            f"URI: {self.uri}",
            "Version: 1",
            f"Chain ID: {self.chain_id}",
            f"Nonce: {self.nonce}",
            f"Issued At: {_time_text(self.issued_at)}",
            f"Expiration Time: {_time_text(self.expires_at)}",
        )
        return "\n".join(lines)

    def is_current(self, now: UnixSeconds) -> bool:
        """Whether the message has not expired yet."""
        return now < self.expires_at


def parse_sign_in(text: str) -> SignInMessage:
    """Read a sign-in message.

    Raises:
        SignInError: it has another form, or spells a value in another way than `SignInMessage.text` does.
    """
    match = _FORM.fullmatch(text) if len(text) <= MAX_CHARACTERS else None
    if match is None:
        raise SignInError("The text is no sign-in message of the form that is taken (EIP-4361).")
    try:
        message = SignInMessage(
            host=match["host"],
            address=Address.parse(match["address"]),
            uri=match["uri"],
            chain_id=chain_id(match["chain"]),
            nonce=match["nonce"],
            issued_at=_time(match["issued"]),
            expires_at=_time(match["expires"]),
            statement=match["statement"] or "",
        )
    except InvalidInputError as fault:
        raise SignInError(f"The sign-in message is not valid: {fault.message}") from fault
    if message.text != text:
        raise SignInError("The sign-in message spells an address or a time in another way.")
    return message


def personal_digest(text: str) -> Bytes32:
    """Return what a wallet signs for a text (EIP-191, version 0x45)."""
    raw = text.encode()
    return Bytes32(keccak256(b"\x19Ethereum Signed Message:\n" + str(len(raw)).encode() + raw))


def _time_text(point: UnixSeconds) -> str:
    return datetime.fromtimestamp(point, UTC).strftime(_TIME)


def _time(text: str) -> UnixSeconds:
    try:
        point = datetime.strptime(text, _TIME).replace(tzinfo=UTC)
    except ValueError as fault:
        raise SignInError(f"{text!r} is no time in UTC to the second.") from fault
    return unix_seconds(int(point.timestamp()))
