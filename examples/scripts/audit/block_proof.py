"""Logs out of blocks that prove them: header hashes, the chain of parents, and the receipts root."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import cast

from chainfaas.chain.event_decoder import RawLog
from chainfaas.chain.json_rpc import read_data, read_object, read_quantity
from chainfaas.domain.identifiers import Address
from chainfaas.domain.keccak import keccak256
from examples.scripts.audit.merkle_trie import Node, encode, ordered_root

_FIELDS = (
    *("parentHash", "sha3Uncles", "miner", "stateRoot", "transactionsRoot", "receiptsRoot", "logsBloom"),
    *("difficulty", "number", "gasLimit", "gasUsed", "timestamp", "extraData", "mixHash", "nonce"),
)
_LATER_FIELDS = (
    *("baseFeePerGas", "withdrawalsRoot", "blobGasUsed", "excessBlobGas"),
    *("parentBeaconBlockRoot", "requestsHash"),
)
"""In the order in which forks added them; a header has all up to some point."""
_QUANTITIES = frozenset(
    (
        *("difficulty", "number", "gasLimit", "gasUsed", "timestamp"),
        *("baseFeePerGas", "blobGasUsed", "excessBlobGas"),
    )
)
_BLOOM_BITS = 2048


def header_hash(block: Mapping[str, object]) -> bytes:
    """Return the hash of a header as its own fields give it.

    Args:
        block: A block as a node tells of it.
    """
    names = [*_FIELDS, *(name for name in _LATER_FIELDS if name in block)]
    return keccak256(encode([_field(block, name) for name in names]))


def receipts_root(receipts: Iterable[Mapping[str, object]]) -> bytes:
    """Return the root that a header must have for these receipts.

    Args:
        receipts: All receipts of a block in order, as a node tells of them.
    """
    return ordered_root([_encoded_receipt(receipt) for receipt in receipts])


def may_hold_logs_of(bloom: bytes, contracts: Iterable[Address]) -> bool:
    """Whether a block's bloom filter allows logs of one of these contracts; never wrongly no.

    Args:
        bloom: The header's filter, 256 bytes.
        contracts: The contracts.
    """
    bits = int.from_bytes(bloom, "big")
    return any(all(bits >> place & 1 for place in _bloom_places(each.raw)) for each in contracts)


def logs_of(receipts: Iterable[Mapping[str, object]]) -> list[RawLog]:
    """Return the logs of receipts in order.

    Args:
        receipts: All receipts of a block, as a node tells of them.
    """
    return [_raw_log(log) for receipt in receipts for log in _logs(receipt)]


@cache
def _bloom_places(content: bytes) -> tuple[int, ...]:
    digest = keccak256(content)
    return tuple(int.from_bytes(digest[start : start + 2], "big") % _BLOOM_BITS for start in (0, 2, 4))


def _field(block: Mapping[str, object], name: str) -> Node:
    return _quantity(block, name) if name in _QUANTITIES else read_data(block.get(name), name)


def _quantity(fields: Mapping[str, object], name: str) -> bytes:
    value = read_quantity(fields.get(name), name)
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def _encoded_receipt(receipt: Mapping[str, object]) -> bytes:
    # EIP-2718: the type goes before the list, and legacy receipts have none.
    kind = read_quantity(receipt.get("type", "0x0"), "a receipt's type")
    logs: list[Node] = [_encoded_log(log) for log in _logs(receipt)]
    bloom = read_data(receipt.get("logsBloom"), "a bloom filter")
    fields: Node = [_quantity(receipt, "status"), _quantity(receipt, "cumulativeGasUsed"), bloom, logs]
    return (bytes([kind]) if kind else b"") + encode(fields)


def _encoded_log(log: Mapping[str, object]) -> Node:
    topics: list[Node] = list(_topics(log))
    return [read_data(log.get("address"), "an address"), topics, read_data(log.get("data"), "data")]


def _logs(receipt: Mapping[str, object]) -> list[Mapping[str, object]]:
    return [read_object(each, "a log") for each in cast("Sequence[object]", receipt.get("logs") or ())]


def _topics(log: Mapping[str, object]) -> tuple[bytes, ...]:
    topics = cast("Sequence[object]", log.get("topics") or ())
    return tuple(read_data(topic, "a topic") for topic in topics)


def _raw_log(log: Mapping[str, object]) -> RawLog:
    return RawLog(
        address=Address(read_data(log.get("address"), "an address")),
        topics=_topics(log),
        data=read_data(log.get("data"), "data"),
        block_number=read_quantity(log.get("blockNumber"), "a block number"),
        block_hash=read_data(log.get("blockHash"), "a block hash"),
        tx_hash=read_data(log.get("transactionHash"), "a transaction hash"),
        tx_index=read_quantity(log.get("transactionIndex"), "a transaction's place"),
        log_index=read_quantity(log.get("logIndex"), "a log's place"),
    )
