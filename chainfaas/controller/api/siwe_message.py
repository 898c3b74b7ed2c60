"""Sign-In with Ethereum messages (EIP-4361): one strict reading, one spelling.

::

    ${host} wants you to sign in with your Ethereum account:
    ${address}

    ${statement}

    URI: ${uri}
    Version: 1
    Chain ID: ${chain id}
    Nonce: ${nonce}
    Issued At: ${RFC 3339}
    Expiration Time: ${RFC 3339}

Only what this controller writes is taken: every line above, in this order, and no other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from chainfaas.controller.errors import InvalidLogInError
from chainfaas.domain.encodings import Bytes32, format_hex, parse_bytes32
from chainfaas.domain.errors import InvalidInputError
from chainfaas.domain.identifiers import Address, ChainId, chain_id
from chainfaas.domain.keccak import keccak256

MESSAGE_MAX_CHARACTERS = 2_000

_TIME = "%Y-%m-%dT%H:%M:%SZ"
_MESSAGE = re.compile(
    r"(?P<host>[A-Za-z0-9.:\[\]-]{1,255}) wants you to sign in with your Ethereum account:\n"
    r"(?P<address>0x[0-9a-fA-F]{40})\n"
    r"\n"
    r"(?P<statement>[^\n]{1,500})\n"
    r"\n"
    r"URI: (?P<uri>[!-~]{1,500})\n"
    r"Version: 1\n"
    r"Chain ID: (?P<chain>[0-9]{1,20})\n"
    r"Nonce: (?P<nonce>0x[0-9a-f]{64})\n"
    r"Issued At: (?P<issued>[0-9TZ:-]{20})\n"
    r"Expiration Time: (?P<expires>[0-9TZ:-]{20})",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class SiweMessage:
    """A log-in message.

    Attributes:
        host: Host, and port if it is unusual, that asks for the log-in.
        address: Who logs in.
        statement: What it means, for people; one line.
        uri: Where the log-in counts.
        chain: The network.
        nonce: Good once.
        issued_at_seconds: Unix seconds.
        expires_at_seconds: Unix seconds after which it is worth nothing.
    """

    host: str
    address: Address
    statement: str
    uri: str
    chain: ChainId
    nonce: Bytes32
    issued_at_seconds: int
    expires_at_seconds: int

    def text(self) -> str:
        """Return the message as it is shown and signed."""
        return (
            f"{self.host} wants you to sign in with your Ethereum account:\n"
            f"{self.address}\n\n{self.statement}\n\n"
            f"URI: {self.uri}\nVersion: 1\nChain ID: {self.chain}\nNonce: {format_hex(self.nonce)}\n"
            f"Issued At: {_format_time(self.issued_at_seconds)}\n"
            f"Expiration Time: {_format_time(self.expires_at_seconds)}"
        )


def parse_siwe_message(text: str) -> SiweMessage:
    """Read a log-in message.

    Args:
        text: The text as it was signed.

    Raises:
        InvalidLogInError: It is spelled otherwise.
    """
    match = _MESSAGE.fullmatch(text) if len(text) <= MESSAGE_MAX_CHARACTERS else None
    if match is None:
        raise InvalidLogInError("The text is not a log-in message of this controller.")
    try:
        message = SiweMessage(
            host=match["host"],
            address=Address.parse(match["address"]),
            statement=match["statement"],
            uri=match["uri"],
            chain=chain_id(match["chain"]),
            nonce=parse_bytes32(match["nonce"]),
            issued_at_seconds=_parse_time(match["issued"]),
            expires_at_seconds=_parse_time(match["expires"]),
        )
    except (InvalidInputError, ValueError) as fault:
        raise InvalidLogInError(f"The log-in message is not valid: {fault}") from fault
    # An address without its checksum, or a number with leading zeros, would be a second spelling.
    if message.text() != text:
        raise InvalidLogInError("The log-in message is spelled in another way than it was given out.")
    return message


def personal_digest(text: str) -> Bytes32:
    """Return what a wallet signs for a text (EIP-191, version 0x45).

    Args:
        text: The text.
    """
    raw = text.encode()
    return Bytes32(keccak256(b"\x19Ethereum Signed Message:\n%d" % len(raw) + raw))


def _format_time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime(_TIME)


def _parse_time(text: str) -> int:
    return int(datetime.strptime(text, _TIME).replace(tzinfo=UTC).timestamp())
