import ast
import re
from pathlib import Path

from tests.architecture.source_tree import ROOT, project_files, shown

HOMES = {("tests", kind) for kind in ("unit", "integration", "end_to_end", "chaos", "architecture")}
# What a template brings along tests somebody's own function, and runs with that.
TEMPLATES = ROOT / "examples" / "functions" / "templates"
SOLIDITY = ROOT / "tests" / "contracts"
NAME = re.compile(r"test_[a-z0-9_]*[a-z0-9]__[a-z0-9_]*[a-z0-9]__[a-z0-9_]*[a-z0-9]")
SOLIDITY_NAME = re.compile(r"(test_|testFuzz_|invariant_|statefulFuzz_)[A-Za-z0-9_]+")


def python_test_files() -> list[Path]:
    return [
        file
        for file in project_files(".py")
        if re.fullmatch(r"test_.*|.*_test\.py", file.name) and TEMPLATES not in file.parents
    ]


def test_python_test__each_file__lies_in_one_kinds_folder() -> None:
    strays = [file for file in python_test_files() if file.relative_to(ROOT).parts[:2] not in HOMES]
    assert shown(strays) == []


def test_python_test__each_function__named_after_function_scenario_and_result() -> None:
    misnamed = [
        f"{file.relative_to(ROOT)}:{node.lineno} {node.name}"
        for file in python_test_files()
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test")
        and not NAME.fullmatch(node.name)
    ]
    assert misnamed == []


def test_solidity_test__each_function__named_after_its_kind() -> None:
    misnamed = [
        f"{file.relative_to(ROOT)} {name}"
        for file in project_files(".t.sol")
        for name in re.findall(r"^\s*function\s+(test\w*|invariant\w*)\s*\(", file.read_text(), re.MULTILINE)
        if not SOLIDITY_NAME.fullmatch(name)
    ]
    assert misnamed == []


def test_solidity_test__each_file__lies_with_the_contract_tests() -> None:
    assert shown([file for file in project_files(".t.sol") if SOLIDITY not in file.parents]) == []
