from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainfaas.domain.errors import ConfigurationError, LimitExceededError
from chainfaas.domain.limits import Limits, limits_for
from chainfaas.domain.manifests import MANIFEST_MAX_BYTES, OUTPUT_LIMIT_MAX_BYTES
from chainfaas.domain.windows import DEFAULT_WINDOWS, DEV_WINDOWS, Windows

DAY = 86_400


@given(*[st.integers(-1, 8 * DAY)] * 3, st.integers(-1, 1_001), st.integers(-1, 1_000))
def test_windows__any_numbers__taken_only_if_every_inequality_holds(
    life: int, grace: int, claim: int, bps: int, open_age: int
) -> None:
    holds = (
        120 <= life <= 7 * DAY
        and 10 <= grace <= 3_600
        and 8 * grace <= life
        and grace <= claim <= life
        and 0 <= bps <= 1_000
        and open_age >= 1
        and 4 * open_age <= grace
    )
    try:
        windows = Windows(life, grace, claim, bps, open_age)
    except ConfigurationError:
        assert not holds
        return
    assert holds
    assert windows.change_delay_seconds >= windows.longest_lock_seconds
    assert windows.longest_timeout_seconds >= 90


@pytest.mark.parametrize(
    ("field", "least", "most"),
    [
        ("job_life_seconds", 7_200, 7 * DAY),
        ("grace_seconds", 240, 3_600),
        ("claim_seconds", 900, DAY),
        ("commission_bps", 0, 1_000),
        ("open_age_seconds", 1, 225),
    ],
)
def test_windows__one_number_at_and_beyond_its_bounds__taken_and_refused(
    field: str, least: int, most: int
) -> None:
    for value in (least, most):
        replace(DEFAULT_WINDOWS, **{field: value})
    for value in (least - 1, most + 1):
        with pytest.raises(ConfigurationError):
            replace(DEFAULT_WINDOWS, **{field: value})


@pytest.mark.parametrize(("windows", "timeout_ms"), [(DEFAULT_WINDOWS, 900_000), (DEV_WINDOWS, 100_000)])
def test_limits_for__presets__time_out_leaves_a_grace_at_either_end(
    windows: Windows, timeout_ms: int
) -> None:
    assert limits_for(windows).timeout_max_ms == timeout_ms


def test_limits__checks_at_and_beyond_the_bounds__pass_and_refuse() -> None:
    limits = limits_for(DEV_WINDOWS)
    limits.check_timeout_ms(1_000)
    limits.check_timeout_ms(100_000)
    limits.check_memory_mib(32)
    limits.check_memory_mib(4_096)
    limits.check_input_bytes(6 * 1024 * 1024)
    for refused in (999, 100_001):
        with pytest.raises(LimitExceededError, match="time-out"):
            limits.check_timeout_ms(refused)
    for refused in (31, 4_097):
        with pytest.raises(LimitExceededError, match="memory"):
            limits.check_memory_mib(refused)
    with pytest.raises(LimitExceededError, match="input"):
        limits.check_input_bytes(6 * 1024 * 1024 + 1)


def test_as_json__names__camel_case_and_complete() -> None:
    table = Limits(timeout_max_ms=1).as_json()
    assert table["timeoutMaxMs"] == 1
    assert table["logMaxBytes"] == 262_144
    assert len(table) == len(Limits.__dataclass_fields__)


def test_limits__manifest_and_output__same_as_the_manifest_enforces() -> None:
    limits = limits_for(DEFAULT_WINDOWS)
    assert limits.manifest_max_bytes == MANIFEST_MAX_BYTES
    assert limits.output_max_bytes == OUTPUT_LIMIT_MAX_BYTES
