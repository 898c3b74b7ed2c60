from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from chainfaas.chain.keystore import UnlockedKey
from chainfaas.chain.node.waiting import wait_until
from chainfaas.domain.amounts import TOKEN
from chainfaas.domain.identifiers import Address
from tests.integration.controller.controller_world import Grounds, RunningController, as_json, controller_on

COIN_WEI = 10**17


def rpc(controller: RunningController, body: object) -> Any:  # noqa: ANN401 - whatever JSON comes
    return as_json(controller.request("POST", "/rpc", json.dumps(body).encode()))


def asked(method: str, *params: object) -> dict[str, object]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}


def test_rpc__reading_and_batches__as_the_node_answers(controller_on_demand: RunningController) -> None:
    chain_id = controller_on_demand.grounds.deployed.network.chain_id
    answer = rpc(controller_on_demand, asked("eth_chainId"))
    assert answer == {"jsonrpc": "2.0", "id": 1, "result": hex(chain_id)}
    both = rpc(controller_on_demand, [asked("eth_chainId"), asked("eth_blockNumber")])
    assert [each["id"] for each in both] == [1, 1]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (asked("personal_sign", "0x", "0x"), -32601),
        (asked("eth_sendTransaction", {}), -32601),
        (asked("eth_accounts"), -32601),
        (asked("admin_peers"), -32601),
        (asked("debug_traceBlock", "0x1"), -32601),
        (asked("eth_getLogs", {"fromBlock": "0x0", "toBlock": "0x7d1"}), -32602),
        (asked("eth_getLogs", {"fromBlock": "earliest", "toBlock": "0xffffff"}), -32602),
        (asked("eth_getLogs"), -32602),
        (asked("eth_chainId", 1, 2, 3, 4, 5), -32600),
        ([asked("eth_chainId")] * 21, -32600),
        ([], -32600),
        ("eth_chainId", -32600),
        ({"method": 1}, -32600),
    ],
)
def test_rpc__what_is_not_served__refused(
    controller_on_demand_shared: RunningController, body: object, code: int
) -> None:
    assert rpc(controller_on_demand_shared, body)["error"]["code"] == code


def test_faucet__proved_key__coin_and_tokens_once(grounds_on_demand: Grounds, tmp_path: Path) -> None:
    deployed = grounds_on_demand.deployed
    deployed.key("stranger")
    keystore = deployed.network.folder.keys / "stranger.json"
    with controller_on(
        grounds_on_demand,
        tmp_path,
        faucet_keystore=str(keystore),
        faucet_coin_wei=str(COIN_WEI),
        faucet_tokens="7",
    ) as controller:
        asker = UnlockedKey.generate()
        controller.log_in_as(asker)
        granted = controller.request("POST", "/v1/faucet")
        assert (granted.status, as_json(granted)["coinWei"]) == (202, str(COIN_WEI))
        address = Address.parse(asker.address)
        token = deployed.contracts.token
        has_come = wait_until(lambda: token.balance_of(address) == 7 * TOKEN, time.monotonic() + 60)
        assert has_come, controller.log()
        assert deployed.coin_wei(asker) == COIN_WEI
        again = controller.request("POST", "/v1/faucet")
        assert (again.status, as_json(again)["code"]) == (429, "rate-limited")
        assert int(again.headers["Retry-After"]) > 3_000
