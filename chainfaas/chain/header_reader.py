"""Headers from a node, one at a time or many in one exchange."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chainfaas.chain.errors import ChainUnreachableError
from chainfaas.chain.headers import BlockHeader
from chainfaas.chain.json_rpc import read_data, read_object, read_quantity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chainfaas.chain.json_rpc import JsonRpc

_BY_NUMBER = "eth_getBlockByNumber"
_WITHOUT_TRANSACTIONS = False


def read_head(rpc: JsonRpc) -> BlockHeader:
    """Read the header of the latest block.

    Args:
        rpc: The node.

    Returns:
        The header.

    Raises:
        ChainUnreachableError: The node has no block, or does not answer.
    """
    head = _parsed(rpc.call(_BY_NUMBER, "latest", _WITHOUT_TRANSACTIONS))
    if head is None:
        raise ChainUnreachableError("The node knows no latest block.")
    return head


def read_header(rpc: JsonRpc, number: int) -> BlockHeader | None:
    """Read the header at a height.

    Args:
        rpc: The node.
        number: The height.

    Returns:
        The header, or ``None`` above the head.

    Raises:
        ChainUnreachableError: The node does not answer.
    """
    return _parsed(rpc.call(_BY_NUMBER, hex(number), _WITHOUT_TRANSACTIONS))


def read_headers(rpc: JsonRpc, numbers: Sequence[int]) -> list[BlockHeader | None]:
    """Read the headers at many heights in one exchange.

    Args:
        rpc: The node.
        numbers: The heights.

    Returns:
        The header of each, or ``None`` above the head.

    Raises:
        ChainUnreachableError: The node does not answer.
    """
    answers = rpc.call_each(_BY_NUMBER, [(hex(number), _WITHOUT_TRANSACTIONS) for number in numbers])
    return [_parsed(answer) for answer in answers]


def _parsed(answer: object) -> BlockHeader | None:
    if answer is None:
        return None
    block = read_object(answer, "a block")
    return BlockHeader(
        number=read_quantity(block.get("number"), "a block number"),
        block_hash=read_data(block.get("hash"), "a block hash"),
        parent_hash=read_data(block.get("parentHash"), "a parent hash"),
        timestamp=read_quantity(block.get("timestamp"), "a time"),
        base_fee_wei=read_quantity(block.get("baseFeePerGas", "0x0"), "a base fee"),
    )
