"""The compiled contracts that this release ships, as typed values.

One JSON file a contract, written by ``make artefacts`` and read from the installed package or, in a
checkout, from ``contracts/artefacts``. Running ChainFaaS therefore needs no Solidity compiler.
"""

from __future__ import annotations

import importlib.resources
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

from chainfaas.chain.errors import ArtefactError

PACKAGE: Final = "chainfaas"
SUFFIX: Final = ".json"

AbiEntry = Mapping[str, Any]
"""One function, event, error or constructor, in the compiler's own JSON form."""


@dataclass(frozen=True, slots=True)
class ImmutableSlot:
    """Bytes of deployed code that the constructor fills in.

    Attributes:
        start_bytes: Offset from the beginning of the deployed code.
        length_bytes: How many bytes are filled in.
    """

    start_bytes: int
    length_bytes: int


@dataclass(frozen=True, slots=True)
class ContractArtefact:
    """One contract as it was compiled for this release.

    Attributes:
        name: The contract's name in the Solidity source.
        abi: Its interface, in the compiler's own order.
        bytecode: What a deployment sends, ahead of the encoded constructor arguments.
        deployed_bytecode: What the chain holds afterwards, immutables still zero.
        immutables: Where the constructor's values go in the deployed code.
        compiler_version: Release and commit of the compiler.
        source_hash: SHA-256 over the sources that the contract is made from, as hex digits.
    """

    name: str
    abi: tuple[AbiEntry, ...]
    bytecode: bytes
    deployed_bytecode: bytes
    immutables: tuple[ImmutableSlot, ...]
    compiler_version: str
    source_hash: str

    def is_code_of(self, code: bytes) -> bool:
        """Whether code found on a chain is this contract, whatever its immutables hold.

        Args:
            code: What ``eth_getCode`` returned.

        Returns:
            True if the code equals the artefact's outside the immutables.
        """
        return self._masked(code) == self._masked(self.deployed_bytecode)

    def _masked(self, code: bytes) -> bytes:
        masked = bytearray(code)
        for slot in self.immutables:
            if slot.start_bytes + slot.length_bytes <= len(masked):
                masked[slot.start_bytes : slot.start_bytes + slot.length_bytes] = bytes(slot.length_bytes)
        return bytes(masked)


def artefact_names() -> tuple[str, ...]:
    """The names of all contracts that this release ships, sorted.

    Raises:
        ArtefactError: The installation has no artefacts.
    """
    return tuple(sorted(_names(_folder().iterdir())))


def load_artefact(name: str) -> ContractArtefact:
    """Read one contract's artefact.

    Args:
        name: The contract's name, as in ``MonetaryLedger``.

    Returns:
        The contract, ready to deploy or to bind.

    Raises:
        ArtefactError: There is no such artefact, or its file is damaged.
    """
    file = _folder() / f"{name}{SUFFIX}"
    if not file.is_file():
        raise ArtefactError(f"No artefact of a contract {name!r}; there are {', '.join(artefact_names())}.")
    return parse_artefact(file.read_text(encoding="utf-8"))


def parse_artefact(text: str) -> ContractArtefact:
    """Read an artefact from the JSON text that ``chainfaas.chain.compiler`` writes.

    Args:
        text: The whole file.

    Returns:
        The contract.

    Raises:
        ArtefactError: The text is no artefact.
    """
    try:
        content = json.loads(text)
        return ContractArtefact(
            name=content["contractName"],
            abi=tuple(content["abi"]),
            bytecode=_parse_hex(content["bytecode"]),
            deployed_bytecode=_parse_hex(content["deployedBytecode"]),
            immutables=tuple(
                ImmutableSlot(slot["start"], slot["length"]) for slot in content["immutableReferences"]
            ),
            compiler_version=content["compiler"]["version"],
            source_hash=content["sourceHash"],
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ArtefactError(f"A contract artefact is damaged: {error!r}.") from error


def _parse_hex(text: str) -> bytes:
    if not text.startswith("0x"):
        raise ValueError("bytecode without 0x")
    return bytes.fromhex(text[2:])


def _names(files: Iterable[Traversable]) -> Iterable[str]:
    return (file.name.removesuffix(SUFFIX) for file in files if file.name.endswith(SUFFIX))


def _folder() -> Traversable:
    package = importlib.resources.files(PACKAGE)
    shipped = package / "shipped" / "artefacts"
    if shipped.is_dir():
        return shipped
    in_checkout = Path(str(package)).parent / "contracts" / "artefacts"
    if in_checkout.is_dir():
        return in_checkout
    raise ArtefactError(f"There are no contract artefacts, neither in {shipped} nor in {in_checkout}.")
