"""Reads events without believing the node: what a block's header does not commit to is a finding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from chainfaas.chain.event_decoder import ChainEvent, EventDecoder, UndecodableLogError
from chainfaas.chain.json_rpc import JsonRpc, read_data, read_object
from examples.scripts.audit.block_proof import header_hash, logs_of, may_hold_logs_of, receipts_root
from examples.scripts.audit.findings import Findings

_BLOCKS_AT_ONCE = 500
_WITHOUT_TRANSACTIONS = False

_Block = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ProvenEvents:
    """The events of a range of blocks, with each block's proof checked on the way."""

    rpc: JsonRpc
    decoder: EventDecoder
    findings: Findings

    def read(self, first: int, last: int) -> list[ChainEvent]:
        """Read all events; what does not fit its proof is read nevertheless, and noted.

        Args:
            first: Height of the first block.
            last: Height of the last one.

        Raises:
            ChainUnreachableError: The node does not answer, or leaves blocks out.
        """
        events: list[ChainEvent] = []
        parent: bytes | None = None
        for start in range(first, last + 1, _BLOCKS_AT_ONCE):
            numbers = range(start, min(start + _BLOCKS_AT_ONCE, last + 1))
            blocks = self._blocks(numbers)
            for number, block in zip(numbers, blocks, strict=True):
                parent = self._check_header(number, block, parent)
            events += self._events(blocks)
        return events

    def _blocks(self, numbers: Sequence[int]) -> list[_Block]:
        asked = [(hex(number), _WITHOUT_TRANSACTIONS) for number in numbers]
        return [read_object(each, "a block") for each in self.rpc.call_each("eth_getBlockByNumber", asked)]

    def _check_header(self, number: int, block: _Block, parent: bytes | None) -> bytes:
        where, own = f"block {number}", header_hash(block)
        told = read_data(block.get("hash"), "a block hash")
        self.findings.compare("header's hash", where, own.hex(), told.hex(), where)
        if parent is not None:
            named = read_data(block.get("parentHash"), "a block hash")
            self.findings.compare("header's parent", where, parent.hex(), named.hex(), where)
        return own

    def _events(self, blocks: Sequence[_Block]) -> Iterator[ChainEvent]:
        contracts = self.decoder.addresses
        held = [each for each in blocks if may_hold_logs_of(_data(each, "logsBloom"), contracts)]
        asked = [(each["hash"],) for each in held]
        for block, answer in zip(held, self.rpc.call_each("eth_getBlockReceipts", asked), strict=True):
            receipts = [read_object(each, "a receipt") for each in cast("Sequence[object]", answer or ())]
            where = f"block {int(str(block['number']), 16)}"
            committed, root = _data(block, "receiptsRoot"), receipts_root(receipts)
            self.findings.compare("receipts root", where, committed.hex(), root.hex(), where)
            yield from self._decoded(receipts)

    def _decoded(self, receipts: Sequence[_Block]) -> Iterator[ChainEvent]:
        for log in logs_of(receipts):
            try:
                event = self.decoder.decode(log)
            except UndecodableLogError as fault:
                self.findings.compare("log", f"log {log.log_index}", "fits its ABI", fault.message, "events")
                continue
            if event is not None:
                yield event


def _data(block: _Block, name: str) -> bytes:
    return read_data(block.get(name), name)
