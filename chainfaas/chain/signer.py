"""A key that signs transactions, and shows nothing but its address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eth_account import Account

from chainfaas.domain.identifiers import Address, ChainId

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

    from chainfaas.chain.outbox_entry import Fees, NewEntry


@dataclass(frozen=True, slots=True)
class SignedTransaction:
    """A transaction that any node may carry.

    Attributes:
        raw: The bytes to send.
        tx_hash: Their hash.
    """

    raw: bytes
    tx_hash: bytes


class TransactionSigner:
    """Signs EIP-1559 transactions (EIP-2718 type 2) for one chain with one key."""

    def __init__(self, account: LocalAccount, chain_id: ChainId) -> None:
        """Keep the key.

        Args:
            account: The key, as opened from its keystore file.
            chain_id: Chain that every signature is bound to.
        """
        self._account = account
        self.chain_id = chain_id
        self.address = Address.parse(account.address)

    @classmethod
    def from_private_key(cls, private_key: bytes, chain_id: ChainId) -> TransactionSigner:
        """Make a signer from a bare key.

        Args:
            private_key: The 32 bytes.
            chain_id: Chain that every signature is bound to.

        Returns:
            The signer.
        """
        return cls(Account.from_key(private_key), chain_id)

    def __repr__(self) -> str:
        """Show the address alone."""
        return f"TransactionSigner({self.address})"

    def sign(self, wanted: NewEntry, nonce: int, gas_limit: int, fees: Fees) -> SignedTransaction:
        """Sign one transaction; the same arguments give the same bytes (RFC 6979).

        Args:
            wanted: Receiver, call data and value.
            nonce: The account's transaction number.
            gas_limit: Most gas that it may take.
            fees: What it offers for each unit of gas.

        Returns:
            The signed bytes and their hash.
        """
        transaction: dict[str, Any] = {
            "type": 2,
            "chainId": int(self.chain_id),
            "nonce": nonce,
            "gas": gas_limit,
            "maxFeePerGas": fees.max_fee_wei,
            "maxPriorityFeePerGas": fees.tip_wei,
            "value": wanted.value_wei,
            "data": wanted.data,
        }
        if wanted.to is not None:
            transaction["to"] = str(wanted.to)
        signed = self._account.sign_transaction(transaction)
        return SignedTransaction(bytes(signed.raw_transaction), bytes(signed.hash))
