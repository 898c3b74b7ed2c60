from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from chainfaas.domain.amounts import TokenAmount
from chainfaas.domain.identifiers import InvocationId, JobId
from chainfaas.domain.outcomes import Status
from tools.demo.account import Account, save_pictures
from tools.demo.calls import CallRecord
from tools.demo.payments import Claim, JobPayment

CALL = CallRecord(
    function="word-count",
    expected=Status.SUCCEEDED,
    output=b'{"words": 4}[red]\x1b[2J',
    invocation=InvocationId(bytes(32)),
    job=JobId(64),
    provider=1,
    status=Status.SUCCEEDED,
    exit_code=0,
    times_us={"prc": 1_500, "prv": 2_000, "cmp": 3_000, "rsp": 9_000},
)
OTHER = replace(CALL, job=JobId(65), provider=2, expected=Status.TIMED_OUT, status=Status.TIMED_OUT)
PAYMENT = JobPayment(JobId(64), "fast", TokenAmount(30), 7, "0xaa", is_paid=True)
OTHER_PAYMENT = replace(PAYMENT, job=JobId(65), path="opened", cost=TokenAmount(12))
GOOD = Account(
    calls=(CALL, OTHER),
    payments=(PAYMENT, OTHER_PAYMENT),
    bills_us={JobId(64): 1_250_000},
    claims=(Claim("0xaa", 1, TokenAmount(42), TokenAmount(1), TokenAmount(2)),),
    before={"developer's escrow": TokenAmount(100), "provider 1": TokenAmount(0)},
    after={"developer's escrow": TokenAmount(58), "provider 1": TokenAmount(39)},
    pictures={},
)


def test_failures__everything_as_it_should_be__none() -> None:
    assert GOOD.failures == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"calls": (replace(CALL, status=Status.OUT_OF_MEMORY), OTHER)},
            "OUT_OF_MEMORY instead",
        ),
        ({"payments": (PAYMENT, replace(OTHER_PAYMENT, is_paid=False))}, "Job 65 is not paid"),
        ({"calls": (CALL, replace(OTHER, provider=1))}, "Only one of the providers"),
        ({"payments": (PAYMENT, replace(OTHER_PAYMENT, path="fast"))}, "'opened'"),
        (
            {"after": {"developer's escrow": TokenAmount(57), "provider 1": TokenAmount(39)}},
            "escrow went down",
        ),
    ],
)
def test_failures__one_thing_wrong__said(change: dict[str, object], words: str) -> None:
    assert any(words in failure for failure in replace(GOOD, **change).failures)  # type: ignore[arg-type]


def test_document__jobs__as_the_file_has_them() -> None:
    first, second = json.loads(json.dumps(GOOD.document()))["jobs"]

    assert (first["job"], first["provider"], first["path"]) == ("64", 1, "fast")
    assert (first["status"], first["cost"], first["paid"]) == ("SUCCEEDED", "30", True)
    assert first["timesMs"] == {"prc": 1.5, "prv": 2.0, "cmp": 3.0, "rsp": 9.0, "bil": 1250.0}
    assert second["timesMs"]["bil"] is None


def test_show__output_of_strangers__harmless() -> None:
    written = StringIO()
    GOOD.show(Console(file=written, width=150, force_terminal=True, color_system=None))

    assert "[red]\\x1b[2J" in written.getvalue()
    assert "1,250.0" in written.getvalue()
    assert "+0.000000000000000039" in written.getvalue()


def test_save_pictures__png_among_texts__that_one(tmp_path: Path) -> None:
    picture = replace(CALL, function="mandelbrot", job=JobId(66), output=b"\x89PNG\r\n\x1a\nrest")

    assert save_pictures(tmp_path / "demo", [CALL, picture]) == {JobId(66): tmp_path / "demo/mandelbrot.png"}
    assert (tmp_path / "demo/mandelbrot.png").read_bytes() == picture.output
