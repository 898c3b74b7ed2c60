from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainfaas.chain.bindings.function_registry import NewVersion
from chainfaas.cli.offer_choice import given_offer, network_offers, parse_offers
from chainfaas.cli.trial_report import TrialReport, show_trial, trial_document, trial_lines
from chainfaas.client.controller_client import ControllerClient
from chainfaas.client.errors import ControllerUnreachableError
from chainfaas.client.function_file import parse_image
from chainfaas.domain.amounts import base_fee, max_cost, price
from chainfaas.domain.encodings import ZERO_BYTES32
from chainfaas.domain.errors import InvalidInputError
from chainfaas.domain.manifests import Manifest, Mode, Warm
from chainfaas.domain.outcomes import Status
from chainfaas.domain.prices import Offer, Terms
from chainfaas.provider.bootstrap.workbench import TrialResult
from chainfaas.provider.sandbox.runtime import CallResult

VERSION = NewVersion(
    Terms(max_cost(10_000_000), 64, 1_000),
    Manifest(
        parse_image("registry.example/f@sha256:" + "1" * 64),
        "text/plain",
        Mode.ONESHOT,
        Warm(prestart=True, reuse=False),
        (),
        100,
    ),
    ZERO_BYTES32,
)
CHEAP, DEAR = Offer(base_fee(10), price(2)), Offer(base_fee(1_000), price(3))


def report(
    *offers: Offer,
    output: bytes = b"out",
    log: bytes = b"said",
    status: Status = Status.SUCCEEDED,
    run_us: int = 2_500,
) -> TrialReport:
    result = CallResult(status, 0, output, log, run_us, 1_500, 1 << 20)
    return TrialReport(VERSION, TrialResult(result, 80_000), offers)


def test_costs__two_offers__the_cheapest_first() -> None:
    # 2.5 ms are billed as 3, of 64 MiB.
    assert report(DEAR, CHEAP).costs() == (10 + 3 * 64 * 2, 1_000 + 3 * 64 * 3)
    assert report(CHEAP).reserved() == (10 + 1_000 * 64 * 2,)


@given(st.integers(0, 10_000_000))
def test_billed_ms__any_run__from_one_to_the_time_out(run_us: int) -> None:
    billed = report(run_us=run_us).billed_ms
    assert 1 <= billed <= VERSION.terms.timeout_ms
    assert billed == min(VERSION.terms.timeout_ms, max(1, -(-run_us // 1_000)))


def test_trial_lines__no_price_known__says_how_to_give_one() -> None:
    assert "--price" in trial_lines(report())[-1]


def test_trial_document__bytes_that_are_no_text__in_base64() -> None:
    document = trial_document(report(CHEAP, output=b"\xff", log="für".encode()))
    assert (document["outputBase64"], document["log"]) == ("/w==", "für")
    assert document["cost"] == {"least": "394", "most": "394"}
    assert "output" not in document


def test_show_trial__log_with_control_characters__spelled_out(capsys: pytest.CaptureFixture[str]) -> None:
    show_trial(report(log=b"\x1b[31m[bold]red\n"), None, as_json=False)
    captured = capsys.readouterr()
    assert captured.out == "out"
    assert "\\x1b[31m[bold]red" in captured.err
    assert "\x1b" not in captured.err


def test_show_trial__failed__no_output(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    show_trial(report(output=b"", status=Status.TIMED_OUT), tmp_path / "out", as_json=False)
    assert not (tmp_path / "out").exists()
    assert "TIMED_OUT" in capsys.readouterr().err


def test_show_trial__json_and_a_file__both_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    show_trial(report(), tmp_path / "out", as_json=True)
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert (document["output"], document["cost"]) == ("out", None)
    assert (tmp_path / "out").read_bytes() == b"out"


@pytest.mark.parametrize(
    ("fee", "units", "offer"),
    [
        (None, None, None),
        ("0.000000000000000010", 2, CHEAP),
        (None, 5, Offer(base_fee(0), price(5))),
        ("0.000000000000000010", None, Offer(base_fee(10), price(0))),
    ],
)
def test_given_offer__options__an_offer_if_one_is_there(
    fee: str | None, units: int | None, offer: Offer | None
) -> None:
    assert given_offer(fee, units) == offer


def test_parse_offers__controllers_documents__offers() -> None:
    assert parse_offers([{"baseFee": "10", "price": "2", "more": 1}]) == (CHEAP,)
    with pytest.raises(InvalidInputError, match="without 'price'"):
        parse_offers([{"baseFee": "10"}])
    with pytest.raises(InvalidInputError):
        parse_offers([{"baseFee": "10", "price": "much"}])


def test_network_offers__nobody_answers__none_unless_that_one_was_named() -> None:
    def unreachable() -> ControllerClient:
        raise ControllerUnreachableError("nobody there")

    assert network_offers(unreachable, is_named=False) == ()
    with pytest.raises(ControllerUnreachableError):
        network_offers(unreachable, is_named=True)
