"""What the sender needs of a node, and the web3 connection that gives it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from chainfaas.chain.errors import CallRevertedError
from chainfaas.chain.header_reader import read_head, read_header
from chainfaas.chain.json_rpc import JsonRpc, RpcRefusedError, read_data, read_object, read_quantity
from chainfaas.chain.outbox_entry import Inclusion
from chainfaas.domain.encodings import format_hex

if TYPE_CHECKING:
    from collections.abc import Callable

    from web3 import Web3

    from chainfaas.chain.headers import BlockHeader
    from chainfaas.chain.outbox_entry import NewEntry
    from chainfaas.domain.identifiers import Address


IDLE_HEAD_SECONDS = 2
"""Age of the newest block from which an estimate made on it is not trusted."""

IDLE_GAS = 5_000_000
"""Gas limit of a transaction that could not be estimated; what it does not use costs nothing."""


class SendOutcome(StrEnum):
    """What a node says to a raw transaction."""

    TAKEN = "taken"
    """It is in the node's pool, now or before."""

    NONCE_TOO_LOW = "nonce_too_low"
    """Some transaction of this nonce is mined: one of ours, or another's."""

    UNDERPRICED = "underpriced"
    """The pool holds another transaction of this nonce that offers as much."""

    NEVER = "never"
    """No node of this chain would ever take these bytes."""

    NOT_NOW = "not_now"
    """Refused for a reason that may pass, such as too little coin or a full pool."""


@dataclass(frozen=True, slots=True)
class SendAnswer:
    """A node's answer to a raw transaction.

    Attributes:
        outcome: What it means.
        words: What the node said.
    """

    outcome: SendOutcome
    words: str = ""


class TransactionNode(Protocol):
    """A node, as the sender sees it. Each method raises ``ChainUnreachableError`` when there is no answer."""

    def chain_id(self) -> int:
        """Return the number of the chain that the node serves."""
        ...

    def head(self) -> BlockHeader:
        """Return the header of the latest block."""
        ...

    def header_at(self, number: int) -> BlockHeader | None:
        """Return the header at a height, or ``None`` above the head."""
        ...

    def pending_nonce(self, account: Address) -> int:
        """Return the nonce after the account's transactions that are mined or ready in the node's pool."""
        ...

    def nonce_at(self, account: Address, number: int) -> int:
        """Return the nonce after the account's transactions up to the block at a height."""
        ...

    def estimate_gas(self, wanted: NewEntry) -> int:
        """Carry a transaction out on the latest state and throw the result away.

        Returns:
            Gas that it needs.

        Raises:
            CallRevertedError: The contract refuses it.
            RpcRefusedError: The node refuses it for a reason that may pass.
        """
        ...

    def revert_reason(self, wanted: NewEntry, number: int) -> CallRevertedError | None:
        """Carry a transaction out on the state after a block; return why it is refused, or ``None``."""
        ...

    def send_raw(self, raw: bytes) -> SendAnswer:
        """Hand signed bytes to the node."""
        ...

    def inclusion(self, tx_hash: bytes) -> Inclusion | None:
        """Return where a transaction was mined, or ``None`` if it is in no block of the node's chain."""
        ...


# geth has no codes for these, only words (core/error.go, core/txpool/errors.go, core/vm/errors.go).
_OUTCOME_WORDS = (
    ("already known", SendOutcome.TAKEN),
    ("nonce too low", SendOutcome.NONCE_TOO_LOW),
    ("replacement transaction underpriced", SendOutcome.UNDERPRICED),
    ("intrinsic gas too low", SendOutcome.NEVER),
    ("exceeds block gas limit", SendOutcome.NEVER),
    ("oversized data", SendOutcome.NEVER),
    ("max initcode size exceeded", SendOutcome.NEVER),
    ("transaction type not supported", SendOutcome.NEVER),
    ("invalid sender", SendOutcome.NEVER),
    ("invalid chain id", SendOutcome.NEVER),
    ("exceeds the configured cap", SendOutcome.NEVER),
)
_NOT_INDEXED_WORDS = "transaction indexing is in progress"  # a young node, until its first block
_CONTRACT_WORDS = (
    "execution reverted",
    "invalid opcode",
    "invalid jump",
    "stack underflow",
    "stack limit",
    "out of gas",
    "gas required exceeds",
    "write protection",
    "max code size",
)


class Web3TransactionNode:
    """A node behind a web3 connection."""

    def __init__(self, connection: Web3, clock: Callable[[], float] = time.time) -> None:
        """Use a connection.

        Args:
            connection: Connection to the node.
            clock: Unix time in seconds; what the next block's timestamp will be about.
        """
        self._rpc = JsonRpc(connection)
        self._clock = clock

    def chain_id(self) -> int:
        """Return the number of the chain that the node serves."""
        return read_quantity(self._rpc.call("eth_chainId"), "the chain id")

    def head(self) -> BlockHeader:
        """Return the header of the latest block."""
        return read_head(self._rpc)

    def header_at(self, number: int) -> BlockHeader | None:
        """Return the header at a height, or ``None`` above the head."""
        return read_header(self._rpc, number)

    def pending_nonce(self, account: Address) -> int:
        """Return the nonce after the account's transactions that are mined or ready in the node's pool."""
        return read_quantity(self._rpc.call("eth_getTransactionCount", str(account), "pending"), "a nonce")

    def nonce_at(self, account: Address, number: int) -> int:
        """Return the nonce after the account's transactions up to the block at a height."""
        return read_quantity(self._rpc.call("eth_getTransactionCount", str(account), hex(number)), "a nonce")

    def estimate_gas(self, wanted: NewEntry) -> int:
        """Carry a transaction out on the latest state and throw the result away; see ``TransactionNode``."""
        now_seconds = int(self._clock())
        if now_seconds - self.head().timestamp > IDLE_HEAD_SECONDS:
            return self._estimate_for_later(wanted, now_seconds)
        try:
            return self._estimate(wanted)
        except RpcRefusedError as refused:
            raise _as_revert(refused) from refused

    def _estimate_for_later(self, wanted: NewEntry, now_seconds: int) -> int:
        # A node estimates at its newest block's time. Where that is long ago, as on a chain that seals on
        # demand, deadlines look other than they are: the verdict is asked for at the present time. The
        # estimate may be of another way through the contract, so that it counts only if it is generous.
        try:
            self._rpc.call("eth_call", _call_object(wanted), "latest", {}, {"time": hex(now_seconds)})
        except RpcRefusedError as refused:
            raise _as_revert(refused) from refused
        try:
            return max(self._estimate(wanted), IDLE_GAS)
        except RpcRefusedError:
            return IDLE_GAS

    def _estimate(self, wanted: NewEntry) -> int:
        return read_quantity(self._rpc.call("eth_estimateGas", _call_object(wanted)), "an amount of gas")

    def revert_reason(self, wanted: NewEntry, number: int) -> CallRevertedError | None:
        """Carry a transaction out on the state after a block; return why it is refused, or ``None``."""
        try:
            self._rpc.call("eth_call", _call_object(wanted), hex(number))
        except RpcRefusedError as refused:
            reason = _as_revert(refused)
            return reason if isinstance(reason, CallRevertedError) else None
        return None

    def send_raw(self, raw: bytes) -> SendAnswer:
        """Hand signed bytes to the node."""
        try:
            self._rpc.call("eth_sendRawTransaction", format_hex(raw))
        except RpcRefusedError as refused:
            return SendAnswer(_outcome_of(refused.words), refused.words)
        return SendAnswer(SendOutcome.TAKEN)

    def inclusion(self, tx_hash: bytes) -> Inclusion | None:
        """Return where a transaction was mined, or ``None`` if it is in no block of the node's chain."""
        try:
            answer = self._rpc.call("eth_getTransactionReceipt", format_hex(tx_hash))
        except RpcRefusedError as refused:
            if _NOT_INDEXED_WORDS in refused.words:
                return None
            raise
        if answer is None:
            return None
        receipt = read_object(answer, "a receipt")
        return Inclusion(
            tx_hash=tx_hash,
            block_number=read_quantity(receipt.get("blockNumber"), "a block number"),
            block_hash=read_data(receipt.get("blockHash"), "a block hash"),
            succeeded=read_quantity(receipt.get("status"), "a status") == 1,
            gas_used=read_quantity(receipt.get("gasUsed"), "an amount of gas"),
        )


def _call_object(wanted: NewEntry) -> dict[str, str]:
    call = {
        "from": str(wanted.signer),
        "data": format_hex(wanted.data),
        "value": hex(wanted.value_wei),
    }
    if wanted.to is not None:
        call["to"] = str(wanted.to)
    return call


def _as_revert(refused: RpcRefusedError) -> CallRevertedError | RpcRefusedError:
    if any(words in refused.words for words in _CONTRACT_WORDS):
        return CallRevertedError(refused.data, refused.words)
    return refused


def _outcome_of(words: str) -> SendOutcome:
    for known, outcome in _OUTCOME_WORDS:
        if known in words:
            return outcome
    return SendOutcome.NOT_NOW
