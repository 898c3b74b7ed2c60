"""What can be wrong with a settlement."""

from __future__ import annotations

from chainfaas.domain.errors import ConflictError


class SettlementMismatchError(ConflictError):
    """A settlement does not say what this provider's own receipts say."""

    code = "settlement-mismatch"
    default_remedy = "Nothing was sent. Keep the journal: its counter-signed receipts are the proof."
