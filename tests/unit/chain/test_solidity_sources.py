from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainfaas.chain.errors import CompilationError
from chainfaas.chain.solidity_sources import collect_sources, find_imports, resolve_import

REMAPPINGS = ("@lib/=node_modules/@lib/", "@lib/special/=vendored/")


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


@pytest.mark.parametrize(
    ("source", "paths"),
    [
        ('import "./A.sol";', ("./A.sol",)),
        ("import './A.sol';", ("./A.sol",)),
        ('import { A, B as C } from "./A.sol";', ("./A.sol",)),
        ('import {\n    A,\n    B\n} from "./A.sol";', ("./A.sol",)),
        ('import * as all from "@lib/A.sol";', ("@lib/A.sol",)),
        ('import "./A.sol";\nimport "./B.sol";', ("./A.sol", "./B.sol")),
        ('// import "./A.sol";', ()),
        ('/*\nimport "./A.sol";\n*/', ()),
        ('string constant TEXT = "import";', ()),
        ("contract A { }", ()),
    ],
)
def test_find_imports__each_form__its_paths(source: str, paths: tuple[str, ...]) -> None:
    assert find_imports(source) == paths


@pytest.mark.parametrize(
    ("importer", "path", "expected"),
    [
        ("contracts/A.sol", "./B.sol", "contracts/B.sol"),
        ("contracts/deep/A.sol", "../B.sol", "contracts/B.sol"),
        ("contracts/A.sol", "contracts/B.sol", "contracts/B.sol"),
        ("contracts/A.sol", "@lib/B.sol", "node_modules/@lib/B.sol"),
        ("contracts/A.sol", "@lib/special/B.sol", "vendored/B.sol"),
        ("node_modules/@lib/x/A.sol", "../y/B.sol", "node_modules/@lib/y/B.sol"),
    ],
)
def test_resolve_import__each_kind__the_file(importer: str, path: str, expected: str) -> None:
    assert resolve_import(importer, path, REMAPPINGS) == expected


@given(st.permutations(REMAPPINGS))
def test_resolve_import__remappings_in_any_order__longest_prefix_wins(remappings: list[str]) -> None:
    assert resolve_import("contracts/A.sol", "@lib/special/B.sol", remappings) == "vendored/B.sol"


def test_collect_sources__imports_in_a_circle__each_file_once(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "contracts/A.sol": 'import "./B.sol";\nimport "@lib/C.sol";',
            "contracts/B.sol": 'import "./A.sol";',
            "node_modules/@lib/C.sol": "",
            "node_modules/@lib/Unused.sol": "",
        },
    )
    sources = collect_sources(tmp_path, [tmp_path / "contracts/A.sol"], REMAPPINGS)
    assert list(sources.texts) == ["contracts/A.sol", "contracts/B.sol", "node_modules/@lib/C.sol"]
    assert sources.closure("contracts/B.sol") == tuple(sources.texts)


def test_collect_sources__import_of_nothing__names_file_and_importer(tmp_path: Path) -> None:
    write(tmp_path, {"contracts/A.sol": 'import "./Gone.sol";'})
    with pytest.raises(CompilationError, match=r"Gone\.sol, wanted by contracts/A\.sol"):
        collect_sources(tmp_path, [tmp_path / "contracts/A.sol"], ())


def test_closure_hash__other_file_changes__stays_the_same(tmp_path: Path) -> None:
    entries = [tmp_path / "contracts/A.sol", tmp_path / "contracts/B.sol"]
    write(tmp_path, {"contracts/A.sol": "contract A { }", "contracts/B.sol": "contract B { }"})
    before = collect_sources(tmp_path, entries, ())
    write(tmp_path, {"contracts/B.sol": "contract B2 { }"})
    after = collect_sources(tmp_path, entries, ())
    assert after.closure_hash("contracts/A.sol") == before.closure_hash("contracts/A.sol")
    assert after.closure_hash("contracts/B.sol") != before.closure_hash("contracts/B.sol")


def test_closure_hash__imported_file_changes__changes(tmp_path: Path) -> None:
    write(tmp_path, {"contracts/A.sol": 'import "./B.sol";', "contracts/B.sol": ""})
    before = collect_sources(tmp_path, [tmp_path / "contracts/A.sol"], ())
    write(tmp_path, {"contracts/B.sol": "// changed"})
    after = collect_sources(tmp_path, [tmp_path / "contracts/A.sol"], ())
    assert after.closure_hash("contracts/A.sol") != before.closure_hash("contracts/A.sol")
