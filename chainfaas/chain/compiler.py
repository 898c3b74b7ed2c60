"""Compiles the contracts with py-solc-x, from the one settings file that forge reads too.

Needed only where a contract changes: ``make artefacts`` writes the result into ``contracts/artefacts``, and
everything else loads it through :mod:`chainfaas.chain.artefacts`. The same sources give the same bytes on
every machine, since paths, metadata and the order of files leave no trace in them.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import solcx
from solcx.exceptions import SolcError
from solcx.wrapper import get_version_str_from_solc_binary

from chainfaas.chain.errors import CompilationError
from chainfaas.chain.solidity_sources import SoliditySources, collect_sources

SETTINGS_FILE: Final = "foundry.toml"
OUTPUTS: Final = ("abi", "evm.bytecode", "evm.deployedBytecode")

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class CompilerSettings:
    """What foundry.toml's default profile says about the compiler.

    Attributes:
        contracts_folder: Where the sources are, relative to the project's root.
        solc: The compiler's executable, relative to the project's root.
        remappings: Import prefixes and the folders that they stand for, as ``prefix=folder/``.
        evm_version: The newest rules that the bytecode may need.
        optimizer_enabled: Whether the optimizer runs.
        optimizer_runs: How often it assumes that the code is called.
        via_ir: Whether the other code generator is used.
        bytecode_hash: Which hash of the metadata is appended to the code.
        appends_cbor: Whether any metadata is appended to the code.
    """

    contracts_folder: str
    solc: str
    remappings: tuple[str, ...]
    evm_version: str
    optimizer_enabled: bool
    optimizer_runs: int
    via_ir: bool
    bytecode_hash: str
    appends_cbor: bool

    def standard_json(self) -> Json:
        """These settings in the compiler's own JSON form, without the choice of outputs."""
        return {
            "evmVersion": self.evm_version,
            "metadata": {"appendCBOR": self.appends_cbor, "bytecodeHash": self.bytecode_hash},
            "optimizer": {"enabled": self.optimizer_enabled, "runs": self.optimizer_runs},
            "remappings": list(self.remappings),
            "viaIR": self.via_ir,
        }


def read_settings(root: Path) -> CompilerSettings:
    """Read the compiler settings of a project.

    Args:
        root: The folder that holds foundry.toml.

    Returns:
        The default profile's settings; the profiles for tests change nothing that reaches the bytecode.

    Raises:
        CompilationError: The file is missing, malformed, or leaves a setting out.
    """
    file = root / SETTINGS_FILE
    try:
        profile = tomllib.loads(file.read_text(encoding="utf-8"))["profile"]["default"]
        return CompilerSettings(
            contracts_folder=profile["src"],
            solc=profile["solc"],
            remappings=tuple(profile["remappings"]),
            evm_version=profile["evm_version"],
            optimizer_enabled=profile["optimizer"],
            optimizer_runs=profile["optimizer_runs"],
            via_ir=profile["via_ir"],
            bytecode_hash=profile["bytecode_hash"],
            appends_cbor=profile["cbor_metadata"],
        )
    except (OSError, tomllib.TOMLDecodeError, KeyError) as error:
        raise CompilationError(f"The compiler settings in {file} cannot be read: {error!r}.") from error


def compile_artefacts(root: Path) -> dict[str, str]:
    """Compile the deployable contracts of a project.

    Args:
        root: The folder that holds foundry.toml.

    Returns:
        The artefact's JSON text by contract name, sorted, one for each contract that lies directly in the
        contracts folder and can be deployed. Interfaces, abstract contracts and libraries have none.

    Raises:
        CompilationError: Settings or sources are missing, the compiler is not there, or it refuses a source.
    """
    settings = read_settings(root)
    folder = root / settings.contracts_folder
    sources = collect_sources(root, sorted(folder.rglob("*.sol")), settings.remappings)
    version, output = _run_compiler(root, settings, sources)
    artefacts = {}
    for unit in sorted(output["contracts"]):
        if (root / unit).parent != folder:
            continue
        for name, contract in output["contracts"][unit].items():
            if contract["evm"]["bytecode"]["object"]:
                artefacts[name] = _artefact_text(
                    name, contract, _compiler_json(version, settings), sources.closure_hash(unit)
                )
    return dict(sorted(artefacts.items()))


def _run_compiler(root: Path, settings: CompilerSettings, sources: SoliditySources) -> tuple[str, Json]:
    solc = root / settings.solc
    request = {
        "language": "Solidity",
        "sources": {unit: {"content": text} for unit, text in sources.texts.items()},
        "settings": settings.standard_json() | {"outputSelection": {"*": {"*": list(OUTPUTS)}}},
    }
    try:
        version = get_version_str_from_solc_binary(solc)
        return version, solcx.compile_standard(request, solc_binary=solc)
    except SolcError as error:
        raise CompilationError(f"The compiler refused the contracts:\n{error.message}") from error
    except OSError as error:
        raise CompilationError(f"The compiler {solc} does not run: {error}.") from error


def _compiler_json(version: str, settings: CompilerSettings) -> Json:
    return {"settings": settings.standard_json(), "version": version}


def _artefact_text(name: str, contract: Mapping[str, Any], compiler: Json, source_hash: str) -> str:
    code = contract["evm"]["deployedBytecode"]
    if contract["evm"]["bytecode"].get("linkReferences"):
        raise CompilationError(
            f"{name} calls a library that is deployed by itself.",
            remedy="Make the library's functions internal; artefacts are complete bytecode.",
        )
    content = {
        "abi": contract["abi"],
        "bytecode": "0x" + contract["evm"]["bytecode"]["object"],
        "compiler": compiler,
        "contractName": name,
        "deployedBytecode": "0x" + code["object"],
        "immutableReferences": _immutable_slots(code.get("immutableReferences", {})),
        "sourceHash": source_hash,
    }
    return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _immutable_slots(references: Mapping[str, list[dict[str, int]]]) -> list[dict[str, int]]:
    # The compiler groups them by numbers that depend on the other files at hand: keep only the places.
    return sorted((slot for slots in references.values() for slot in slots), key=lambda slot: slot["start"])
