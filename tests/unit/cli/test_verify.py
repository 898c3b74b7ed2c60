from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chainfaas.cli.receipt_check import check_receipt
from chainfaas.domain.verify_receipt import NOTHING_EXPECTED
from tests.unit.cli.command_run import run_command

VECTOR = json.loads((Path(__file__).parents[3] / "docs" / "vectors" / "receipts.json").read_text())
RAW = VECTOR["canonical"].encode()
OUTPUT = bytes.fromhex(VECTOR["output"][2:])
STRANGER = "0x" + "11" * 20


@pytest.fixture
def receipt(tmp_path: Path) -> Path:
    file = tmp_path / "receipt.json"
    file.write_bytes(RAW)
    return file


def checks(text: str) -> dict[str, bool]:
    document: dict[str, Any] = json.loads(text)
    return {check["name"]: check["holds"] for check in document["checks"]}


def test_verify__good_receipt_with_output__every_check_holds(
    receipt: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "output"
    output.write_bytes(OUTPUT)

    outcome = run_command(capsys, "verify", str(receipt), "--output", str(output), "--json")

    assert outcome.code == 0
    assert all(checks(outcome.out).values())
    assert "output-mismatch" in checks(outcome.out)
    assert json.loads(outcome.out)["receiptHash"] == VECTOR["receiptHash"]


@given(place=st.integers(0, len(RAW) - 1), change=st.integers(1, 255))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_check_receipt__any_one_byte_changed__not_valid(place: int, change: int) -> None:
    spoiled = RAW[:place] + bytes([RAW[place] ^ change]) + RAW[place + 1 :]

    assert not check_receipt(spoiled, NOTHING_EXPECTED).is_valid


def test_verify__byte_changed__one_and_a_table(receipt: Path, capsys: pytest.CaptureFixture[str]) -> None:
    receipt.write_bytes(RAW.replace(b'"runMs":42', b'"runMs":43'))

    outcome = run_command(capsys, "verify", str(receipt))

    assert outcome.code == 1
    assert "NO     signed by" in outcome.out


@pytest.mark.parametrize(
    ("option", "fault"),
    [("--operator", "other-operator"), ("--controller", "other-controller")],
)
def test_verify__other_signer_expected__that_check_fails(
    receipt: Path, option: str, fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = run_command(capsys, "verify", str(receipt), option, STRANGER, "--json")

    assert outcome.code == 1
    assert [name for name, holds in checks(outcome.out).items() if not holds] == [fault]


def test_verify__no_receipt__form_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "other.json"
    file.write_text('{"a": "[red]x[/]\x1b[2J"}')

    outcome = run_command(capsys, "verify", str(file))

    assert outcome.code == 1
    assert "NO " in outcome.out
    assert "\x1b" not in outcome.out


def test_verify__no_file__not_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = run_command(capsys, "verify", str(tmp_path / "none.json"), "--json")

    assert outcome.code == 4
    assert json.loads(outcome.err)["error"]["code"] == "not-found"
