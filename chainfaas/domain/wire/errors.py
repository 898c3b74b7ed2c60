"""What can be wrong with a message."""

from __future__ import annotations

from chainfaas.domain.errors import InvalidInputError


class InvalidMessageError(InvalidInputError):
    """A message between provider and controller is malformed."""

    code = "invalid-message"
    default_remedy = "Send it as docs/reference/provider-protocol.md says."
