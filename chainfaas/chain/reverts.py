"""Why a contract refused: its error by name, with arguments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError

from chainfaas.domain.keccak import keccak256

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SELECTOR_BYTES = 4

_BUILT_IN: tuple[Mapping[str, object], ...] = (
    {"type": "error", "name": "Error", "inputs": [{"name": "message", "type": "string"}]},
    {"type": "error", "name": "Panic", "inputs": [{"name": "code", "type": "uint256"}]},
)


@dataclass(frozen=True, slots=True)
class RevertReason:
    """An error that a contract gave.

    Attributes:
        name: Its name; empty if it is not in the ABIs that we know.
        args: Its arguments in order.
        data: What the contract returned.
        words: What the node said.
    """

    name: str
    args: tuple[object, ...]
    data: bytes
    words: str = ""

    def __str__(self) -> str:
        """Return the error as one would write it in Solidity, else the bare data."""
        if self.name:
            return f"{self.name}({', '.join(_shown(arg) for arg in self.args)})"
        return f"{self.words or 'reverted'} 0x{self.data.hex()}"


def abi_type(parameter: Mapping[str, object]) -> str:
    """Return the type of an ABI parameter, tuples written out (Solidity ABI specification, JSON).

    Args:
        parameter: The parameter as the ABI holds it.

    Returns:
        The type, such as ``(uint64,bytes)[]``.
    """
    name = str(parameter["type"])
    if not name.startswith("tuple"):
        return name
    parts = cast("Sequence[Mapping[str, object]]", parameter["components"])
    return f"({','.join(abi_type(part) for part in parts)}){name.removeprefix('tuple')}"


class ErrorDecoder:
    """Knows the errors of a set of contracts by their selectors."""

    def __init__(self, abis: Iterable[Sequence[Mapping[str, object]]] = ()) -> None:
        """Collect the errors.

        Args:
            abis: ABIs of contracts; Solidity's own two errors are known without.
        """
        self._known: dict[bytes, tuple[str, list[str]]] = {}
        for abi in (*abis, _BUILT_IN):
            for item in abi:
                if item.get("type") == "error":
                    self._learn(item)

    def _learn(self, item: Mapping[str, object]) -> None:
        types = [abi_type(each) for each in cast("Sequence[Mapping[str, object]]", item["inputs"])]
        name = str(item["name"])
        selector = keccak256(f"{name}({','.join(types)})".encode())[:SELECTOR_BYTES]
        self._known[selector] = (name, types)

    def decode(self, data: bytes, words: str = "") -> RevertReason:
        """Name an error.

        Args:
            data: What the contract returned.
            words: What the node said, kept for errors without a name.

        Returns:
            The error, with an empty name if it is unknown or malformed.
        """
        known = self._known.get(data[:SELECTOR_BYTES])
        if known is None:
            return RevertReason("", (), data, words)
        name, types = known
        try:
            return RevertReason(name, tuple(decode(types, data[SELECTOR_BYTES:])), data, words)
        except DecodingError:
            return RevertReason("", (), data, words)


def _shown(value: object) -> str:
    return f"0x{value.hex()}" if isinstance(value, bytes) else str(value)
