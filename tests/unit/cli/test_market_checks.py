from __future__ import annotations

from collections.abc import Mapping

import pytest

from chainfaas.cli.provider_commands.market_checks import check_controller, check_registry, no_registry
from chainfaas.client.controller_client import ControllerClient

LOCAL = "127.0.0.1:30460"


@pytest.mark.parametrize(
    ("given", "wanted"),
    [("localhost:30460", LOCAL), ("localhost:30460/word-count", f"{LOCAL}/word-count")],
)
def test_check_registry__local_one_by_another_name__says_the_name_that_images_have(
    given: str, wanted: str
) -> None:
    check = check_registry(given, LOCAL)
    assert not check.holds
    assert f"Put {wanted} into" in check.remedy


def test_no_registry__always__does_not_hold() -> None:
    assert not no_registry().holds


@pytest.mark.parametrize(("theirs", "holds"), [("7", True), ("8", False)])
def test_check_controller__its_chain__must_be_the_providers(
    theirs: str, holds: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def network(client: ControllerClient) -> Mapping[str, str]:
        return {"chainId": theirs}

    monkeypatch.setattr(ControllerClient, "network", network)
    check = check_controller("http://127.0.0.1:8080", 7)
    assert check.holds is holds
    assert holds or "chain 8" in check.found
