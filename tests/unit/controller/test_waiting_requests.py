from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chainfaas.controller.api.request_pace import EXTENSION, RequestPaces
from tests.unit.controller.hand_written_index import DEVELOPER
from tests.unit.controller.small_controller import SmallController, made


@pytest.fixture
def narrow(tmp_path: Path) -> Iterator[SmallController]:
    """A controller with so few threads that one account may wait once."""
    small = made(tmp_path, threads=8)
    yield small
    small.close()


def test_show__as_many_wait_as_may__503_at_once(
    narrow: SmallController,
) -> None:
    narrow.polling(narrow.provider())
    place = f"/v1/invocations/{narrow.invoke(Prefer='respond-async').json()['invocation']}"
    waits = narrow.app.extensions[EXTENSION].waits
    with waits.place(DEVELOPER.address):
        for path in (place, place + "/output"):
            refused = narrow.request("GET", path, key=DEVELOPER, Prefer="wait=60")
            assert (refused.status, refused.json()["code"]) == (503, "overloaded")
            assert int(refused.headers["Retry-After"]) >= 1
        assert narrow.request("GET", place, key=DEVELOPER).status == 200


def test_rpc__as_many_wait_for_the_node_as_may__503(narrow: SmallController) -> None:
    paces: RequestPaces = narrow.app.extensions[EXTENSION]
    with paces.node.place("127.0.0.1"):
        refused = narrow.request("POST", "/rpc", {"method": "eth_chainId"})
    assert (refused.status, refused.json()["code"]) == (503, "overloaded")
    assert narrow.request("POST", "/rpc", {"method": "personal_sign"}).status == 200
