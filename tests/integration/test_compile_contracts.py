import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from chainfaas.chain.artefacts import parse_artefact
from chainfaas.chain.compiler import compile_artefacts
from chainfaas.chain.errors import CompilationError

ROOT = Path(__file__).resolve().parents[2]
COMMITTED = ROOT / "contracts" / "artefacts"

COUNTER = """
// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;
import { ERC20 } from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import { Abstract } from "./parts/Abstract.sol";
contract Counter is Abstract, ERC20 {
    uint256 public immutable second;
    uint256 public immutable first;
    constructor(uint256 a, uint256 b) ERC20("a", "b") { first = a; second = b; }
}
"""
ABSTRACT = """
// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;
abstract contract Abstract { function one() external pure returns (uint256) { return 1; } }
contract NotAtTheTop { }
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    settings = (ROOT / "foundry.toml").read_text()
    (tmp_path / "foundry.toml").write_text(settings.replace('"build/solc"', f'"{ROOT}/build/solc"'))
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    (tmp_path / "contracts" / "parts").mkdir(parents=True)
    (tmp_path / "contracts" / "Counter.sol").write_text(COUNTER)
    (tmp_path / "contracts" / "parts" / "Abstract.sol").write_text(ABSTRACT)
    return tmp_path


@pytest.fixture(scope="session")
def fresh() -> dict[str, str]:
    return compile_artefacts(ROOT)


@pytest.fixture(scope="session")
def forge_output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("forge")
    forge = Path(sys.executable).parent / "forge"
    subprocess.run(
        [forge, "build", "--root", ROOT, "--out", out / "out", "--cache-path", out / "cache", "contracts"],
        check=True,
        capture_output=True,
        env={key: value for key, value in os.environ.items() if not key.startswith("FOUNDRY_")},
    )
    return out / "out"


def test_compile_artefacts__small_project__only_what_can_be_deployed(project: Path) -> None:
    artefacts = compile_artefacts(project)
    assert list(artefacts) == ["Counter"]
    counter = parse_artefact(artefacts["Counter"])
    assert len(counter.immutables) == 2
    assert {entry["name"] for entry in counter.abi if entry["type"] == "function"} >= {
        "first",
        "second",
        "one",
    }


def test_compile_artefacts__twice_and_with_more_files__same_text(project: Path) -> None:
    before = compile_artefacts(project)["Counter"]
    (project / "contracts" / "Aardvark.sol").write_text(ABSTRACT.replace("Abstract", "Other"))
    after = compile_artefacts(project)
    assert after["Counter"] == before
    assert list(after) == ["Counter", "NotAtTheTop"]


def test_compile_artefacts__refused_source__the_compilers_words(project: Path) -> None:
    (project / "contracts" / "Counter.sol").write_text(
        "pragma solidity ^0.8.24; contract Counter { nonsense }"
    )
    with pytest.raises(CompilationError, match=r"contracts/Counter\.sol"):
        compile_artefacts(project)


def test_compile_artefacts__no_compiler__names_it(project: Path) -> None:
    settings = (project / "foundry.toml").read_text()
    (project / "foundry.toml").write_text(settings.replace(f"{ROOT}/build/solc", "gone/solc"))
    with pytest.raises(CompilationError, match="gone/solc does not run"):
        compile_artefacts(project)


def test_compile_artefacts__library_to_be_linked__refused(project: Path) -> None:
    (project / "contracts" / "Counter.sol").write_text(
        "pragma solidity ^0.8.24; library L { function f() external pure { } }"
        "contract C { function g() external pure { L.f(); } }"
    )
    with pytest.raises(CompilationError, match="deployed by itself"):
        compile_artefacts(project)


def test_compile_artefacts__this_project__equals_the_committed_files(fresh: dict[str, str]) -> None:
    assert {file.stem: file.read_text() for file in COMMITTED.glob("*.json")} == fresh


def test_compile_artefacts__this_project__equals_forge_byte_for_byte(
    fresh: dict[str, str], forge_output: Path
) -> None:
    for name, text in fresh.items():
        ours = json.loads(text)
        theirs = json.loads((forge_output / f"{name}.sol" / f"{name}.json").read_text())
        assert ours["bytecode"] == theirs["bytecode"]["object"], name
        assert ours["deployedBytecode"] == theirs["deployedBytecode"]["object"], name
        assert in_one_order(ours["abi"]) == in_one_order(theirs["abi"]), name
        assert ours["immutableReferences"] == flatten(theirs["deployedBytecode"]), name


def in_one_order(abi: list[dict[str, Any]]) -> list[str]:
    # Forge sorts the entries in a way of its own.
    return sorted(json.dumps(entry, sort_keys=True) for entry in abi)


def flatten(deployed: dict[str, Any]) -> list[dict[str, int]]:
    references: dict[str, list[dict[str, int]]] = deployed.get("immutableReferences", {})
    return sorted((slot for slots in references.values() for slot in slots), key=lambda slot: slot["start"])
