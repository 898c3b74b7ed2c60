"""Events in the form in which they are stored: integers, booleans and text only."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from chainfaas.domain.encodings import format_hex
from chainfaas.domain.identifiers import Address

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chainfaas.chain.event_decoder import ChainEvent, EventValue

PlainValue: TypeAlias = int | bool | str
"""A value that a database column and JSON hold alike; bytes and addresses are lower-case hex text."""


@dataclass(frozen=True, slots=True)
class PlainEvent:
    """An event of one of our contracts.

    Attributes:
        name: Its name.
        args: Its arguments by name.
        contract: Name of the contract.
        address: The contract's address.
        block_number: Height of the block.
        block_hash: Hash of the block.
        tx_hash: Transaction that caused it.
        tx_index: Place of the transaction in the block.
        log_index: Place of the event in the block.
    """

    name: str
    args: Mapping[str, PlainValue]
    contract: str
    address: str
    block_number: int
    block_hash: str
    tx_hash: str
    tx_index: int
    log_index: int

    def number(self, name: str) -> int:
        """Return an argument that is a number.

        Args:
            name: The argument.
        """
        return int(self.args[name])

    def text(self, name: str) -> str:
        """Return an argument that is an address, bytes or a string.

        Args:
            name: The argument.
        """
        return str(self.args[name])


def plain_event(event: ChainEvent) -> PlainEvent:
    """Turn an event into the form in which it is stored.

    Args:
        event: The event as it was decoded.

    Returns:
        The same without bytes.
    """
    return PlainEvent(
        name=event.name,
        args={name: _plain(value) for name, value in event.args.items()},
        contract=event.contract,
        address=format_hex(event.address.raw),
        block_number=event.block_number,
        block_hash=format_hex(event.block_hash),
        tx_hash=format_hex(event.tx_hash),
        tx_index=event.tx_index,
        log_index=event.log_index,
    )


def format_args(event: PlainEvent) -> str:
    """Write an event's arguments as JSON, always in the same order.

    Args:
        event: The event.

    Returns:
        The JSON text.
    """
    return json.dumps(dict(event.args), sort_keys=True, separators=(",", ":"))


def _plain(value: EventValue) -> PlainValue:
    if isinstance(value, bytes):
        return format_hex(value)
    if isinstance(value, Address):
        return format_hex(value.raw)
    return value
