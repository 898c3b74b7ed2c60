"""A controller's answer to a provider's log-in."""

from __future__ import annotations

from dataclasses import dataclass

from chainfaas.domain.encodings import Bytes32, bytes32
from chainfaas.domain.identifiers import Address
from chainfaas.domain.times import UnixSeconds, unix_seconds


@dataclass(frozen=True, slots=True)
class Session:
    """That the controller knows this operator; signed, so that the provider knows the controller."""

    operator: Address
    nonce: Bytes32
    """From the provider's log-in message."""
    expires: UnixSeconds

    def __post_init__(self) -> None:
        """Refuse what does not fit its field."""
        bytes32(self.nonce, "The nonce")
        unix_seconds(self.expires, "The session's end")
