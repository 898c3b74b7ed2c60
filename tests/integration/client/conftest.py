from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from chainfaas.client.controller_client import ControllerClient
from chainfaas.domain.outcomes import Status
from chainfaas.domain.signatures import SigningKey
from tests.fake_provider import Ran
from tests.integration.controller.controller_world import Grounds, RunningController, controller_on
from tests.integration.deployed_network import DeployedNetwork


@pytest.fixture(scope="module")
def controller(
    deployed_on_demand: DeployedNetwork, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningController]:
    """A controller's own process, and a fake provider that answers every call with its input in brackets.

    An input of ``fail`` ends in FUNCTION_ERROR with a log; one of ``hold`` is never answered.
    """
    grounds = Grounds.made(deployed_on_demand)
    with controller_on(grounds, tmp_path_factory.mktemp("controller")) as running:
        stop = Event()
        with ThreadPoolExecutor(1) as pool:
            serving = pool.submit(_serve, running, stop)
            yield running
            stop.set()
            serving.result()


@pytest.fixture(scope="module")
def client(controller: RunningController) -> ControllerClient:
    """The SDK as the developer of the grounds."""
    return ControllerClient(controller.url, SigningKey(controller.grounds.developer.private_key))


def _serve(controller: RunningController, stop: Event) -> None:
    provider = controller.grounds.provider(0, controller.url)
    while not stop.is_set():
        provider.poll(500)
        for job in list(provider.running):
            content = provider.inputs[job]
            if content == b"hold":
                continue
            failed = Ran(Status.FUNCTION_ERROR, exit_code=3, log=b"why\n")
            provider.report(job, failed if content == b"fail" else Ran(output=b"<" + content + b">"))
