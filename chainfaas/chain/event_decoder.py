"""Logs as events: by name, with named arguments, and only from contracts that are ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeAlias, cast

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError

from chainfaas.chain.reverts import abi_type
from chainfaas.domain.errors import ChainError
from chainfaas.domain.identifiers import Address
from chainfaas.domain.keccak import keccak256

EventValue: TypeAlias = int | bool | str | bytes | Address
"""An argument of an event; bytes of any ABI width are ``bytes``."""


class UndecodableLogError(ChainError):
    """A contract of ours gave a log that does not fit its ABI."""

    code = "undecodable-log"
    default_remedy = "Check that the deployments file and the artefacts belong to this network."


@dataclass(frozen=True, slots=True)
class RawLog:
    """A log as a node gives it.

    Attributes:
        address: Contract that gave it.
        topics: Hash of the event's signature, then its indexed arguments.
        data: The other arguments.
        block_number: Height of its block.
        block_hash: Hash of its block.
        tx_hash: Transaction that caused it.
        tx_index: Place of the transaction in the block.
        log_index: Place of the log in the block.
    """

    address: Address
    topics: tuple[bytes, ...]
    data: bytes
    block_number: int
    block_hash: bytes
    tx_hash: bytes
    tx_index: int
    log_index: int


@dataclass(frozen=True, slots=True)
class ChainEvent:
    """Something that a contract of ours said.

    Attributes:
        name: The event's name.
        args: Its arguments by name.
        contract: Name of the contract.
        address: Its address.
        block_number: Height of the block.
        block_hash: Hash of the block.
        tx_hash: Transaction that caused it.
        tx_index: Place of the transaction in the block.
        log_index: Place of the event in the block.
    """

    name: str
    args: Mapping[str, EventValue]
    contract: str
    address: Address
    block_number: int
    block_hash: bytes
    tx_hash: bytes
    tx_index: int
    log_index: int


@dataclass(frozen=True, slots=True)
class KnownContract:
    """A contract whose events count.

    Attributes:
        name: What it is called here.
        address: Where it is on the one chain that is read.
        abi: Its ABI.
    """

    name: str
    address: Address
    abi: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class _Parameter:
    name: str
    type_name: str
    is_indexed: bool


@dataclass(frozen=True, slots=True)
class _Shape:
    contract: str
    name: str
    parameters: tuple[_Parameter, ...]


class EventDecoder:
    """Knows the events of some contracts by address and signature; whoever else emits the same is ignored."""

    def __init__(self, contracts: Iterable[KnownContract]) -> None:
        """Collect the events.

        Args:
            contracts: The contracts.
        """
        self._shapes: dict[tuple[Address, bytes], _Shape] = {}
        for contract in contracts:
            for item in contract.abi:
                if item.get("type") == "event" and not item.get("anonymous", False):
                    self._learn(contract, item)

    @property
    def addresses(self) -> frozenset[Address]:
        """The contracts whose events are known."""
        return frozenset(address for address, _ in self._shapes)

    def _learn(self, contract: KnownContract, item: Mapping[str, Any]) -> None:
        inputs = cast("Sequence[Mapping[str, Any]]", item["inputs"])
        parameters = tuple(_Parameter(each["name"], abi_type(each), bool(each["indexed"])) for each in inputs)
        signature = f"{item['name']}({','.join(each.type_name for each in parameters)})"
        topic = keccak256(signature.encode())
        self._shapes[contract.address, topic] = _Shape(contract.name, str(item["name"]), parameters)

    def decode(self, log: RawLog) -> ChainEvent | None:
        """Read one log.

        Args:
            log: The log.

        Returns:
            The event, or ``None`` if the contract or the event is not known.

        Raises:
            UndecodableLogError: A known event's arguments do not fit its ABI.
        """
        shape = self._shapes.get((log.address, log.topics[0])) if log.topics else None
        if shape is None:
            return None
        try:
            args = _arguments(shape, log)
        except (DecodingError, ValueError) as fault:
            raise UndecodableLogError(
                f"Log {log.log_index} of block {log.block_number} is no {shape.name} of {shape.contract}."
            ) from fault
        return ChainEvent(
            name=shape.name,
            args=MappingProxyType(args),
            contract=shape.contract,
            address=log.address,
            block_number=log.block_number,
            block_hash=log.block_hash,
            tx_hash=log.tx_hash,
            tx_index=log.tx_index,
            log_index=log.log_index,
        )


def _arguments(shape: _Shape, log: RawLog) -> dict[str, EventValue]:
    indexed = [each.type_name for each in shape.parameters if each.is_indexed]
    others = [_data_type(each.type_name) for each in shape.parameters if not each.is_indexed]
    topics = [
        decode([_topic_type(type_name)], topic)[0]
        for type_name, topic in zip(indexed, log.topics[1:], strict=True)
    ]
    from_topics, from_data = iter(topics), iter(decode(others, log.data))
    return {
        each.name: _value(each.type_name, next(from_topics if each.is_indexed else from_data))
        for each in shape.parameters
    }


def _data_type(type_name: str) -> str:
    return "bytes" if type_name == "string" else type_name


def _topic_type(type_name: str) -> str:
    # What does not fit a word is in the topic by its hash only.
    is_hashed = type_name in ("string", "bytes") or type_name.endswith((")", "]"))
    return "bytes32" if is_hashed else type_name


def _value(type_name: str, value: Any) -> EventValue:  # noqa: ANN401 - the decoder's result depends on the ABI
    if type_name == "address":
        return Address(bytes.fromhex(value[2:]))
    if type_name == "string" and isinstance(value, bytes):
        return _text(value)
    return cast("EventValue", value)


def _text(value: bytes) -> str:
    # Solidity puts any bytes into a string. Whoever writes one must not be able to stop those who read.
    return value.decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
