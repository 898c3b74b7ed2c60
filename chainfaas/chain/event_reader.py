"""Headers and events from a node, block by block near the head and in ranges far below it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import structlog

from chainfaas.chain.errors import ChainUnreachableError, WrongChainError
from chainfaas.chain.event_decoder import ChainEvent, EventDecoder, RawLog
from chainfaas.chain.header_reader import read_head, read_headers
from chainfaas.chain.json_rpc import (
    JsonRpc,
    RpcRefusedError,
    read_data,
    read_object,
    read_quantity,
)
from chainfaas.domain.encodings import format_hex
from chainfaas.domain.identifiers import Address

if TYPE_CHECKING:
    from collections.abc import Sequence

    from web3 import Web3

    from chainfaas.chain.headers import BlockHeader
    from chainfaas.domain.identifiers import ChainId

RANGE_BLOCKS = 1_000
"""Blocks asked for at once, as long as the node answers."""

_log = structlog.get_logger(__name__)


class EventReader:
    """Reads one chain through one node."""

    def __init__(self, connection: Web3, chain_id: ChainId, decoder: EventDecoder) -> None:
        """Use a connection; nothing is asked yet.

        Args:
            connection: The node.
            chain_id: Chain that it must serve.
            decoder: The events that count.
        """
        self._rpc = JsonRpc(connection)
        self._chain_id = chain_id
        self._decoder = decoder
        self._range_blocks = RANGE_BLOCKS

    def check_chain(self) -> None:
        """Make sure that the node serves the right chain.

        Raises:
            WrongChainError: It serves another.
            ChainUnreachableError: It does not answer.
        """
        served = read_quantity(self._rpc.call("eth_chainId"), "the chain id")
        if served != self._chain_id:
            raise WrongChainError(f"The node serves chain {served} instead of {self._chain_id}.")

    def head(self) -> BlockHeader:
        """Read the latest header.

        Raises:
            ChainUnreachableError: The node does not answer.
        """
        return read_head(self._rpc)

    def headers(self, numbers: Sequence[int]) -> list[BlockHeader | None]:
        """Read headers by height; ``None`` stands for one above the head.

        Args:
            numbers: The heights.

        Raises:
            ChainUnreachableError: The node does not answer.
        """
        return read_headers(self._rpc, numbers)

    def read_events_of_blocks(self, headers: Sequence[BlockHeader]) -> list[list[ChainEvent]]:
        """Read the events of exactly these blocks, whether they are still the chain's or not.

        Args:
            headers: The blocks.

        Returns:
            For each block its events in order.

        Raises:
            RpcRefusedError: The node no longer knows one of the blocks.
            ChainUnreachableError: The node does not answer.
        """
        filters = [[self._filter(blockHash=format_hex(header.block_hash))] for header in headers]
        return [self._decoded(answer) for answer in self._rpc.call_each("eth_getLogs", filters)]

    def read_events_in_range(self, first: int, last: int) -> list[ChainEvent]:
        """Read the events of a range of blocks that no longer change; halves it where the node cannot.

        Args:
            first: Height of the first block.
            last: Height of the last one.

        Returns:
            The events in order.

        Raises:
            RpcRefusedError: The node cannot even read a single block.
            ChainUnreachableError: The node does not answer.
        """
        events: list[ChainEvent] = []
        while first <= last:
            until = min(last, first + self._range_blocks - 1)
            try:
                answer = self._rpc.call("eth_getLogs", self._filter(fromBlock=hex(first), toBlock=hex(until)))
            except (RpcRefusedError, ChainUnreachableError):
                if until == first:
                    raise
                self._range_blocks = (until - first + 1) // 2
                _log.info("A range of logs is too wide.", action="halve_range", blocks=self._range_blocks)
                continue
            events += self._decoded(answer)
            first = until + 1
            self._range_blocks = min(RANGE_BLOCKS, self._range_blocks * 2)
        return events

    def _filter(self, **where: str) -> dict[str, object]:
        return {"address": sorted(str(address) for address in self._decoder.addresses), **where}

    def _decoded(self, answer: object) -> list[ChainEvent]:
        if not isinstance(answer, list):
            raise ChainUnreachableError(f"The node sent {answer!r} where logs belong.")
        # A node marks logs of a block that it has just given up.
        logs = [_raw_log(each) for each in answer if not read_object(each, "a log").get("removed", False)]
        logs.sort(key=lambda log: (log.block_number, log.log_index))
        return [event for log in logs if (event := self._decoder.decode(log)) is not None]


def _raw_log(answer: object) -> RawLog:
    log = read_object(answer, "a log")
    topics = cast("list[object]", log.get("topics") or [])
    return RawLog(
        address=Address(read_data(log.get("address"), "an address")),
        topics=tuple(read_data(topic, "a topic") for topic in topics),
        data=read_data(log.get("data"), "data"),
        block_number=read_quantity(log.get("blockNumber"), "a block number"),
        block_hash=read_data(log.get("blockHash"), "a block hash"),
        tx_hash=read_data(log.get("transactionHash"), "a transaction hash"),
        tx_index=read_quantity(log.get("transactionIndex"), "a transaction's place"),
        log_index=read_quantity(log.get("logIndex"), "a log's place"),
    )
