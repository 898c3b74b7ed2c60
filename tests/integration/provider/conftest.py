"""A provider's world on the shared network that seals on demand, and its daemon within this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from chainfaas.provider.bootstrap.build_provider import build_provider
from chainfaas.provider.daemon.daemon import ProviderDaemon
from chainfaas.provider.sandbox.noop_runtime import Function
from chainfaas.provider.settings import load_provider_settings
from tests.integration.deployed_network import DeployedNetwork
from tests.integration.provider.provider_world import ProviderWorld, provider_world
from tests.integration.provider.sandboxes import echo, noop_sandboxes

RunDaemon = Callable[..., AbstractContextManager[ProviderDaemon]]


@pytest.fixture(scope="module")
def world(
    deployed_on_demand: DeployedNetwork, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ProviderWorld]:
    """A registered provider, a published function and a fake controller; shared by a file's tests."""
    with provider_world(deployed_on_demand, tmp_path_factory.mktemp("provider")) as made:
        yield made


@pytest.fixture
def run_daemon(world: ProviderWorld) -> RunDaemon:
    """Run the world's daemon while a block runs: `with run_daemon(function) as daemon`."""

    @contextmanager
    def run(function: Function = echo, **flags: object) -> Iterator[ProviderDaemon]:
        settings = load_provider_settings(world.folder, flags)
        with build_provider(world.folder, settings, noop_sandboxes(function)) as daemon:
            daemon.start()
            try:
                yield daemon
            finally:
                daemon.stop()
                assert not daemon.failed

    return run
