"""A call of a contract that is wanted but not sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chainfaas.chain.outbox_entry import NewEntry
from chainfaas.chain.reverts import ErrorDecoder

if TYPE_CHECKING:
    from chainfaas.domain.identifiers import Address


@dataclass(frozen=True, slots=True)
class ContractCall:
    """What a transaction says to a contract.

    Attributes:
        to: The contract.
        data: Selector and encoded arguments.
        method: Name of the contract and its function, for people.
        errors: Names of the errors that it can give.
        value_wei: Coin that goes along; no function of ours takes any.
    """

    to: Address
    data: bytes
    method: str
    errors: ErrorDecoder = field(repr=False, compare=False)
    value_wei: int = 0

    def entry(self, dedupe_key: str, signer: Address, gas_limit: int | None = None) -> NewEntry:
        """Return the call as an outbox takes it.

        Args:
            dedupe_key: Identity of the effect.
            signer: Account that sends it.
            gas_limit: Upper bound of gas; ``None`` has the sender estimate it.
        """
        return NewEntry(dedupe_key, signer, self.to, self.data, self.value_wei, gas_limit)
