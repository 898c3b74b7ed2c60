"""Arguments of an event as the values that the books are kept in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from chainfaas.chain.event_decoder import ChainEvent
from chainfaas.domain.errors import InternalError
from chainfaas.domain.identifiers import Address


def number(event: ChainEvent, name: str) -> int:
    """Return an argument that is an integer.

    Args:
        event: The event.
        name: The argument.
    """
    return cast("int", event.args[name])


def account(event: ChainEvent, name: str) -> Address:
    """Return an argument that is an address.

    Args:
        event: The event.
        name: The argument.
    """
    return cast("Address", event.args[name])


def word(event: ChainEvent, name: str) -> bytes:
    """Return an argument that is bytes.

    Args:
        event: The event.
        name: The argument.
    """
    return cast("bytes", event.args[name])


def text(event: ChainEvent, name: str) -> str:
    """Return an argument that is text.

    Args:
        event: The event.
        name: The argument.
    """
    return str(event.args[name])


def place(event: ChainEvent) -> str:
    """Return where an event is: block, and place of the log in it."""
    return f"block {event.block_number}, log {event.log_index}"


def the_event(events: Iterable[ChainEvent], name: str) -> ChainEvent:
    """Return the one event of a name.

    Args:
        events: What the contracts said in a transaction.
        name: The event's name.

    Raises:
        InternalError: There is none, or more than one.
    """
    found = [event for event in events if event.name == name]
    if len(found) != 1:
        raise InternalError(f"A transaction gave {len(found)} events {name} instead of one.")
    return found[0]
