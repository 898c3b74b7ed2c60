from __future__ import annotations

import pytest

from chainfaas.controller.api.rpc_parameters import CALL_GAS_MAX, capped_call, wanted_blocks


@pytest.mark.parametrize(
    "wanted",
    [
        {"FROMBLOCK": "0x0"},
        {"fromBlock": "0x5", "FromBlock": "0x0"},
        {"fromBlock": "0X0"},
        {"fromBlock": "0x00"},
        {"fromBlock": 0},
        {"fromBlock": None},
        {"blockHash": None},
        {"blockHash": None, "fromBlock": "0x0"},
        {"blockHash": "0x" + "ab" * 32, "toBlock": "0x1"},
        {"fromBlock": "0x0\n"},
        {"fromBlock": "LATEST"},
        "0x0",
    ],
)
def test_wanted_blocks__other_than_exact__refused(wanted: object) -> None:
    with pytest.raises(ValueError, match=r"filter|block"):
        wanted_blocks([wanted])


def test_wanted_blocks__range_or_hash__read() -> None:
    assert wanted_blocks([{"fromBlock": "0x1", "toBlock": "latest", "topics": []}]) == ("0x1", "latest")
    assert wanted_blocks([{}]) == ("latest", "latest")
    assert wanted_blocks([{"blockHash": "0x" + "ab" * 32}]) is None


@pytest.mark.parametrize("given", [{}, {"gas": hex(CALL_GAS_MAX + 1)}, {"gas": "0xffffffffffffffff"}])
def test_capped_call__no_gas_or_too_much__as_much_as_is_allowed(given: dict[str, object]) -> None:
    assert capped_call([{**given, "to": "0x1"}, "latest"]) == [
        {"gas": hex(CALL_GAS_MAX), "to": "0x1"},
        "latest",
    ]
    assert capped_call([{"gas": "0x5208"}]) == [{"gas": "0x5208"}]


@pytest.mark.parametrize(
    "params",
    [
        [],
        [{}, "latest", {}],
        [{}, "latest", {}, {}],
        [{"GAS": "0xffffff"}],
        [{"gas": 5}],
        [1],
    ],
)
def test_capped_call__other_than_exact__refused(params: list[object]) -> None:
    with pytest.raises(ValueError, match=r"call|gas"):
        capped_call(params)
