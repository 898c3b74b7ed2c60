"""The root by which a header commits to receipts: RLP and Merkle-Patricia trie (yellow paper, B and D)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from chainfaas.domain.keccak import keccak256

Node: TypeAlias = "bytes | list[Node]"
_Entry: TypeAlias = tuple[tuple[int, ...], bytes]

_TEXT = 0x80
_LIST = 0xC0
_LONGEST_SHORT_BYTES = 55
_LEAF_FLAG = 2
_HASH_BYTES = 32


def ordered_root(values: Sequence[bytes]) -> bytes:
    """Return the root of a trie that holds values under their places, as transactions and receipts are held.

    Args:
        values: The encoded values in order.
    """
    if not values:
        return keccak256(encode(b""))
    entries = [(_nibbles(encode(_integer(place))), value) for place, value in enumerate(values)]
    return keccak256(encode(_node(entries)))


def encode(node: Node) -> bytes:
    """Return bytes or a list in RLP.

    Args:
        node: What to encode.
    """
    if isinstance(node, bytes):
        return node if len(node) == 1 and node[0] < _TEXT else _with_length(node, _TEXT)
    return _with_length(b"".join(encode(each) for each in node), _LIST)


def _with_length(content: bytes, kind: int) -> bytes:
    if len(content) <= _LONGEST_SHORT_BYTES:
        return bytes([kind + len(content)]) + content
    length = _integer(len(content))
    return bytes([kind + _LONGEST_SHORT_BYTES + len(length)]) + length + content


def _node(entries: Sequence[_Entry]) -> Node:
    if len(entries) == 1:
        path, value = entries[0]
        return [_packed(path, _LEAF_FLAG), value]
    shared = _shared_length([path for path, _ in entries])
    if shared:
        below = [(path[shared:], value) for path, value in entries]
        return [_packed(entries[0][0][:shared], 0), _reference(_node(below))]
    children: list[Node] = [_child(entries, nibble) for nibble in range(16)]
    # A place's RLP never begins with another's, so that no value sits at a fork.
    return [*children, b""]


def _child(entries: Sequence[_Entry], nibble: int) -> Node:
    below = [(path[1:], value) for path, value in entries if path[0] == nibble]
    return _reference(_node(below)) if below else b""


def _reference(node: Node) -> Node:
    encoded = encode(node)
    return node if len(encoded) < _HASH_BYTES else keccak256(encoded)


def _packed(path: tuple[int, ...], flag: int) -> bytes:
    head = (flag + 1, path[0]) if len(path) % 2 else (flag, 0)
    nibbles = (*head, *path[len(path) % 2 :])
    return bytes(high << 4 | low for high, low in zip(nibbles[::2], nibbles[1::2], strict=True))


def _shared_length(paths: Sequence[tuple[int, ...]]) -> int:
    length = 0
    for nibbles in zip(*paths, strict=False):
        if len(set(nibbles)) > 1:
            break
        length += 1
    return length


def _nibbles(key: bytes) -> tuple[int, ...]:
    return tuple(nibble for byte in key for nibble in (byte >> 4, byte & 15))


def _integer(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8, "big")
