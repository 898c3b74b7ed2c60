import json
import re
import subprocess
from pathlib import Path

SOLC = Path(__file__).resolve().parents[2] / "build" / "solc"


def compile_unit(text: str) -> dict[str, dict[str, object]]:
    request = {
        "language": "Solidity",
        "sources": {"A.sol": {"content": text}},
        "settings": {"outputSelection": {"*": {"*": ["evm.bytecode.object"]}}},
    }
    result = subprocess.run(
        [SOLC, "--standard-json"], input=json.dumps(request), check=True, capture_output=True, text=True
    )
    output: dict[str, dict[str, object]] = json.loads(result.stdout)
    return output


def test_solc__version__in_the_native_form() -> None:
    shown = subprocess.run([SOLC, "--version"], check=True, capture_output=True, text=True).stdout
    assert shown.startswith("solc, the solidity compiler commandline interface")
    assert re.search(r"^Version: 0\.8\.37\+commit\.[0-9a-f]{8}\.", shown, re.MULTILINE)


def test_solc__standard_json__contract_compiled() -> None:
    assert "A" in compile_unit("contract A { }")["contracts"]["A.sol"]  # type: ignore[operator]


def test_solc__import_of_a_file_that_was_not_given__an_error_in_the_answer() -> None:
    errors = compile_unit('import "./B.sol";')["errors"]
    assert any("B.sol" in str(error) for error in errors)


def test_solc__neither_option__exits_with_1() -> None:
    assert subprocess.run([SOLC, "--no-such-option"], capture_output=True, check=False).returncode == 1
