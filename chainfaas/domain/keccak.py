"""Keccak-256, as Ethereum uses it (the padding of the submission, not of SHA3-256)."""

from __future__ import annotations

from eth_hash.auto import keccak


def keccak256(content: bytes) -> bytes:
    """Return the 32-byte Keccak-256 hash of ``content``."""
    return keccak(content)
