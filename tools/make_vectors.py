"""Writes docs/vectors/: examples of every form that the protocol fixes, for readers in any language.

Run as ``python -m tools.make_vectors`` after a change of chainfaas/domain; same code, same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from chainfaas.domain.canonical_json import JsonValue
from tools.vectors.documents import (
    content_hash_vectors,
    manifest_vectors,
    receipt_vectors,
    signature_vectors,
)
from tools.vectors.numbers import identifier_vectors, packing_vectors, price_vectors
from tools.vectors.typed_data import typed_data_vectors

FOLDER = Path(__file__).parents[1] / "docs" / "vectors"

VECTORS: dict[str, Callable[[], dict[str, JsonValue]]] = {
    "content_hashes.json": content_hash_vectors,
    "identifiers.json": identifier_vectors,
    "manifests.json": manifest_vectors,
    "packings.json": packing_vectors,
    "prices.json": price_vectors,
    "receipts.json": receipt_vectors,
    "signatures.json": signature_vectors,
    "typed_data.json": typed_data_vectors,
}


def vector_text(name: str) -> str:
    """Return what the file of this name holds."""
    return json.dumps(VECTORS[name](), indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Write every file."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in VECTORS:
        (FOLDER / name).write_text(vector_text(name), encoding="utf-8")
        print(f"docs/vectors/{name}")


if __name__ == "__main__":
    main()
