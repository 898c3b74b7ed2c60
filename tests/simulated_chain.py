"""A chain in memory, with a pool, reorganisations and an unreliable line, for tests of what sends to one."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum

from eth_account import Account
from eth_account.typed_transactions.typed_transaction import TypedTransaction
from hexbytes import HexBytes

from chainfaas.chain.errors import CallRevertedError, ChainUnreachableError
from chainfaas.chain.headers import BlockHeader
from chainfaas.chain.outbox_entry import Inclusion, NewEntry
from chainfaas.chain.transaction_node import SendAnswer, SendOutcome
from chainfaas.domain.identifiers import Address
from chainfaas.domain.keccak import keccak256

CHAIN_ID = 1_337_000
BLOCK_GAS_LIMIT = 30_000_000
GAS_USED = 21_000


class Fault(StrEnum):
    UNREACHABLE = "unreachable"  # nothing arrives, and the sender is told
    ANSWER_LOST = "answer_lost"  # it arrives, and the sender is told that it did not
    DROPPED = "dropped"  # nothing arrives, and the sender is told that it did


@dataclass(frozen=True)
class Transaction:
    tx_hash: bytes
    sender: Address
    nonce: int
    data: bytes
    tip_wei: int


@dataclass(frozen=True)
class Block:
    header: BlockHeader
    transactions: tuple[Transaction, ...] = ()


@dataclass
class SimulatedChain:
    """Implements `TransactionNode`."""

    blocks: list[Block] = field(default_factory=lambda: [Block(BlockHeader(0, bytes(32), bytes(32), 0))])
    pool: dict[tuple[Address, int], Transaction] = field(default_factory=dict)
    faults: deque[Fault] = field(default_factory=deque)
    refusals: dict[bytes, bytes] = field(default_factory=dict)
    sent: list[bytes] = field(default_factory=list)
    forks: int = 0

    def chain_id(self) -> int:
        return CHAIN_ID

    def head(self) -> BlockHeader:
        return self.blocks[-1].header

    def header_at(self, number: int) -> BlockHeader | None:
        return self.blocks[number].header if number < len(self.blocks) else None

    def nonce_at(self, account: Address, number: int) -> int:
        mined = (each for block in self.blocks[: number + 1] for each in block.transactions)
        return sum(each.sender == account for each in mined)

    def pending_nonce(self, account: Address) -> int:
        nonce = self.nonce_at(account, len(self.blocks))
        while (account, nonce) in self.pool:
            nonce += 1
        return nonce

    def estimate_gas(self, wanted: NewEntry) -> int:
        refused = self.revert_reason(wanted, len(self.blocks))
        if refused is not None:
            raise refused
        return GAS_USED

    def revert_reason(self, wanted: NewEntry, number: int) -> CallRevertedError | None:
        if wanted.data not in self.refusals:
            return None
        return CallRevertedError(self.refusals[wanted.data], "execution reverted")

    def send_raw(self, raw: bytes) -> SendAnswer:
        fault = self.faults.popleft() if self.faults else None
        if fault is Fault.UNREACHABLE:
            raise ChainUnreachableError
        if fault is Fault.DROPPED:
            return SendAnswer(SendOutcome.TAKEN)
        answer = self._take(raw)
        if fault is Fault.ANSWER_LOST:
            raise ChainUnreachableError
        return answer

    def _take(self, raw: bytes) -> SendAnswer:
        self.sent.append(raw)
        if TypedTransaction.from_bytes(HexBytes(raw)).as_dict()["gas"] > BLOCK_GAS_LIMIT:
            return SendAnswer(SendOutcome.NEVER, "exceeds block gas limit")
        transaction = _parse(raw)
        if transaction.nonce < self.nonce_at(transaction.sender, len(self.blocks)):
            return SendAnswer(SendOutcome.NONCE_TOO_LOW, "nonce too low")
        key = (transaction.sender, transaction.nonce)
        held = self.pool.get(key)
        if held is None or held == transaction or transaction.tip_wei * 10 >= held.tip_wei * 11:
            self.pool[key] = transaction
            return SendAnswer(SendOutcome.TAKEN)
        return SendAnswer(SendOutcome.UNDERPRICED, "replacement transaction underpriced")

    def inclusion(self, tx_hash: bytes) -> Inclusion | None:
        for block in self.blocks:
            for each in block.transactions:
                if each.tx_hash == tx_hash:
                    succeeded = each.data not in self.refusals
                    header = block.header
                    return Inclusion(tx_hash, header.number, header.block_hash, succeeded, GAS_USED)
        return None

    def mine(self) -> None:
        ready = []
        for sender in {sender for sender, _ in self.pool}:
            nonce = self.nonce_at(sender, len(self.blocks))
            while (sender, nonce) in self.pool:
                ready.append(self.pool.pop((sender, nonce)))
                nonce += 1
        self.pool = {
            (sender, nonce): each
            for (sender, nonce), each in self.pool.items()
            if nonce >= self.nonce_at(sender, len(self.blocks))
        }
        self._append(tuple(ready))

    def mine_foreign(self, sender: Address) -> None:
        """Mine a transaction that somebody else signed with the same key."""
        nonce = self.nonce_at(sender, len(self.blocks))
        tx_hash = keccak256(b"foreign" + len(self.sent).to_bytes(8, "big") + nonce.to_bytes(8, "big"))
        self.pool.pop((sender, nonce), None)
        self._append((Transaction(tx_hash, sender, nonce, b"foreign", 0),))

    def reorganise(self, depth: int, *, keeps_pool: bool) -> None:
        """Replace the latest blocks by empty ones, and one more."""
        depth = min(depth, len(self.blocks) - 1)
        orphaned = [each for block in self.blocks[len(self.blocks) - depth :] for each in block.transactions]
        del self.blocks[len(self.blocks) - depth :]
        if keeps_pool:
            self.pool.update({(each.sender, each.nonce): each for each in orphaned})
        self.forks += 1
        for _ in range(depth + 1):
            self._append(())

    def effects(self) -> list[bytes]:
        """Call data of all mined transactions, in order."""
        return [each.data for block in self.blocks for each in block.transactions]

    def _append(self, transactions: tuple[Transaction, ...]) -> None:
        parent = self.blocks[-1].header
        content = b"".join(each.tx_hash for each in transactions)
        salt = parent.block_hash + self.forks.to_bytes(4, "big") + len(self.blocks).to_bytes(4, "big")
        block_hash = keccak256(salt + content)
        header = BlockHeader(parent.number + 1, block_hash, parent.block_hash, parent.timestamp + 1)
        self.blocks.append(Block(header, transactions))


def _parse(raw: bytes) -> Transaction:
    fields = TypedTransaction.from_bytes(HexBytes(raw)).as_dict()
    return Transaction(
        tx_hash=keccak256(raw),
        sender=Address.parse(Account.recover_transaction(raw)),
        nonce=int(fields["nonce"]),
        data=bytes(HexBytes(fields["data"])),
        tip_wei=int(fields["maxPriorityFeePerGas"]),
    )
