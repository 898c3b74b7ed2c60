from __future__ import annotations

import pytest

import tests.fake_provider
from chainfaas.domain.limits import KIB
from chainfaas.domain.wire.reports import ReportResult
from tests.fake_provider import FakeProvider, Ran, RefusedError
from tests.unit.controller.small_controller import SmallController

LOG_BYTES = 256 * KIB
CUT_MARK_BYTES = 1 * KIB
"""Room for the words that say where a log was cut."""


@pytest.fixture
def provider(controller: SmallController) -> FakeProvider:
    """A provider that has one job."""
    made = controller.provider()
    made.poll()
    controller.invoke(Prefer="respond-async")
    made.poll(5_000)
    return made


def report_with_log(provider: FakeProvider, size_bytes: int) -> ReportResult:
    [job] = provider.running
    return provider.report(job, Ran(log=b"x" * size_bytes))


def test_report__log_in_the_message_above_the_limit__422_and_the_right_one_is_taken(
    provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tests.fake_provider, "BLOB_LIMIT", 2 * LOG_BYTES)
    result = report_with_log(provider, LOG_BYTES + CUT_MARK_BYTES + 1)
    assert (result.status, result.problem and result.problem.code) == (422, "report-mismatch")
    assert result.problem is not None
    assert "log above its limit" in result.problem.detail
    assert report_with_log(provider, LOG_BYTES + CUT_MARK_BYTES).is_taken


def test_report__log_sent_before_above_the_limit__refused_and_the_right_one_is_taken(
    provider: FakeProvider,
) -> None:
    with pytest.raises(RefusedError, match="413"):
        report_with_log(provider, LOG_BYTES + CUT_MARK_BYTES + 1)
    assert report_with_log(provider, LOG_BYTES + CUT_MARK_BYTES).is_taken
