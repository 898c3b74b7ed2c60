from __future__ import annotations

import time
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainfaas.domain.errors import InvalidInputError
from chainfaas.provider.offers.schedule import Schedule, Span

MINUTES = st.integers(0, 1_439)


def text_of(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


@given(MINUTES, MINUTES, MINUTES)
def test_has__span_and_its_complement__exactly_one(first: int, end: int, minute: int) -> None:
    if first == end:
        return
    span = Span.parse(f"{text_of(first)}-{text_of(end)}")
    assert span.has(minute) is not Span(end, first).has(minute)
    assert span.has(first)
    assert not span.has(end)


@pytest.mark.parametrize("text", ["", "22-6", "24:00-06:00", "12:00-12:00", "12:60-13:00", "22:00-24:30"])
def test_parse__no_span__refused(text: str) -> None:
    with pytest.raises(InvalidInputError):
        Span.parse(text)


def test_parse__until_midnight__the_end_of_the_day() -> None:
    assert Span.parse("18:30-24:00") == Span(1_110, 1_440)


def test_is_open__local_time__counts(monkeypatch: pytest.MonkeyPatch) -> None:
    night = Schedule((Span.parse("22:00-06:00"),))
    noon_utc = datetime.fromisoformat("2026-01-15T12:00:00+00:00").timestamp()
    try:
        for zone, is_open in (("UTC0", False), ("EAST-11", True), ("WEST+8", True), ("WEST+6", False)):
            monkeypatch.setenv("TZ", zone)
            time.tzset()
            assert night.is_open(noon_utc) is is_open
            assert Schedule().is_open(noon_utc)
    finally:
        monkeypatch.undo()
        time.tzset()
