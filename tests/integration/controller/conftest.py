from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.controller.controller_world import Grounds, RunningController, controller_on
from tests.integration.deployed_network import DeployedNetwork


@pytest.fixture(scope="session")
def grounds(deployed: DeployedNetwork) -> Grounds:
    """On a network with a block a second."""
    return Grounds.made(deployed)


@pytest.fixture(scope="session")
def grounds_on_demand(deployed_on_demand: DeployedNetwork) -> Grounds:
    """On a network that seals whenever there is a transaction."""
    return Grounds.made(deployed_on_demand)


@pytest.fixture
def controller(grounds: Grounds, tmp_path: Path) -> Iterator[RunningController]:
    """A controller of the test's own, at blocks of a second."""
    with controller_on(grounds, tmp_path) as running:
        yield running


@pytest.fixture
def controller_on_demand(grounds_on_demand: Grounds, tmp_path: Path) -> Iterator[RunningController]:
    """A controller of the test's own, with sealing on demand."""
    with controller_on(grounds_on_demand, tmp_path) as running:
        yield running


@pytest.fixture(scope="module")
def controller_on_demand_shared(
    grounds_on_demand: Grounds, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningController]:
    """One for a file's tests that change nothing."""
    with controller_on(grounds_on_demand, tmp_path_factory.mktemp("controller")) as running:
        yield running
