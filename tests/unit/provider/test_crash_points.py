from __future__ import annotations

import pytest

from chainfaas.chain.transaction_sender.points import CRASH_VARIABLE, SenderPoint
from chainfaas.chain.transaction_sender.points import pass_by as sender_passes_by
from chainfaas.domain.errors import ConfigurationError
from chainfaas.provider.crash_points import ProviderPoint, crash_hooks, pass_by


def test_crash_hooks__nothing_asked_for__pass_by() -> None:
    hooks = crash_hooks({})
    assert (hooks.provider, hooks.sender) == (pass_by, sender_passes_by)


@pytest.mark.parametrize("point", ProviderPoint)
def test_crash_hooks__point_of_the_provider__kills_there_alone(
    point: ProviderPoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed: list[ProviderPoint] = []
    hooks = crash_hooks({CRASH_VARIABLE: point})
    for other in ProviderPoint:
        monkeypatch.setattr("os.kill", lambda *_, other=other: killed.append(other))
        hooks.provider(other)
    assert killed == [point]
    assert hooks.sender is sender_passes_by


def test_crash_hooks__point_of_the_sender__left_to_it() -> None:
    hooks = crash_hooks({CRASH_VARIABLE: SenderPoint.BEFORE_SEND})
    assert hooks.provider is pass_by
    assert hooks.sender is not sender_passes_by


def test_crash_hooks__no_point_at_all__refused() -> None:
    with pytest.raises(ConfigurationError, match="nowhere"):
        crash_hooks({CRASH_VARIABLE: "nowhere"})


def test_points__provider_and_sender__share_no_name() -> None:
    assert not {point.value for point in ProviderPoint} & {point.value for point in SenderPoint}
