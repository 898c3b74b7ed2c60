"""One real network for all end-to-end tests: three signers, a block a second, short windows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chainfaas.chain.deployment_local import LocalSettings, Preset, deploy_local
from chainfaas.chain.node.local_network import LocalNetwork

CONTROLLERS = 3
"""Two for the stories, one for the scripts that run as programs of their own."""


@pytest.fixture(scope="session")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalNetwork]:
    """A network with the contracts on it; its state folder is what the scripts take as `--home`."""
    made = LocalNetwork.create(tmp_path_factory.mktemp("e"), signers=3, period_seconds=1)
    try:
        made.start()
        deploy_local(made, LocalSettings(CONTROLLERS, Preset.DEV), lambda _: None)
        yield made
    finally:
        made.stop()
