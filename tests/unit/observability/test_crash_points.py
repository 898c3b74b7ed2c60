from __future__ import annotations

from enum import StrEnum

import pytest

from chainfaas.chain.transaction_sender.points import SenderPoint
from chainfaas.controller.crash_points import ControllerPoint
from chainfaas.domain.errors import ConfigurationError
from chainfaas.observability.crash_points import CRASH_VARIABLE, crash_hook, pass_by
from chainfaas.provider.crash_points import ProviderPoint

PROGRAMS = ((SenderPoint,), (ControllerPoint, SenderPoint), (ProviderPoint, SenderPoint))


def test_crash_hook__nothing_asked_for__passes_by() -> None:
    assert crash_hook({}, SenderPoint) is pass_by


@pytest.mark.parametrize("program", PROGRAMS)
def test_crash_hook__each_point_of_a_program__killed_there_alone(
    program: tuple[type[StrEnum], ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    points = [point for enumeration in program for point in enumeration]
    for wanted in points:
        killed: list[StrEnum] = []
        hook = crash_hook({CRASH_VARIABLE: wanted.value}, *program)
        for point in points:
            monkeypatch.setattr("os.kill", lambda *_, point=point, killed=killed: killed.append(point))
            hook(point)
        assert killed == [wanted]


@pytest.mark.parametrize("name", ["nowhere", "", ControllerPoint.BEFORE_HAND_OUT.value])
def test_crash_hook__no_point_of_this_program__refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match="names no ProviderPoint or SenderPoint"):
        crash_hook({CRASH_VARIABLE: name}, ProviderPoint, SenderPoint)


@pytest.mark.parametrize("program", PROGRAMS)
def test_points__of_one_program__share_no_name(program: tuple[type[StrEnum], ...]) -> None:
    names = [point.value for enumeration in program for point in enumeration]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("points", [SenderPoint, ControllerPoint, ProviderPoint])
def test_points__of_an_enumeration__before_and_after_each_effect(points: type[StrEnum]) -> None:
    sides = [point.value.split("_", 1) for point in points]
    assert {effect for side, effect in sides if side == "before"} == {
        effect for side, effect in sides if side == "after"
    }
    assert {side for side, _ in sides} == {"before", "after"}
