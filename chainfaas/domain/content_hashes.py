"""Hashes of content: SHA-256, salted by the invocation wherever the content is private.

``content_hash = sha256(invocation id, 32 bytes || content)``: one rule for input, output, log, metrics and
sandbox. The salt keeps small contents from being guessed out of what others can see; who has the invocation
id and the content checks the hash with any SHA-256 tool. Content that is absent is hashed as empty. Public
files (bundles, images) are hashed as they are.
"""

from __future__ import annotations

import hashlib

from chainfaas.domain.canonical_json import JsonValue, encode_canonical_json
from chainfaas.domain.encodings import Bytes32
from chainfaas.domain.identifiers import InvocationId


def content_hash(invocation: InvocationId, content: bytes) -> Bytes32:
    """Return the salted hash of a call's input, output or log."""
    return Bytes32(hashlib.sha256(invocation.raw + content).digest())


def json_hash(invocation: InvocationId, value: JsonValue) -> Bytes32:
    """Return the salted hash of a value's canonical JSON: a run's metrics, a sandbox's limits.

    Raises:
        InvalidEncodingError: the value has no canonical JSON.
    """
    return content_hash(invocation, encode_canonical_json(value))


def file_hash(content: bytes) -> Bytes32:
    """Return the unsalted hash of a public file, such as a bundle."""
    return Bytes32(hashlib.sha256(content).digest())
