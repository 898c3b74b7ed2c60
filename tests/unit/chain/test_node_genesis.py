from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainfaas.chain.node.founding import genesis_text
from chainfaas.chain.node.genesis import CHAIN_ID_RANGE, Genesis, clique_extra_data, draw_chain_id
from chainfaas.domain.errors import ConfigurationError

SIGNERS = ("0x" + "cc" * 20, "0x" + "AA" * 20, "0x" + "bB" * 20)
CHAIN_ID = 2**40

addresses = st.binary(min_size=20, max_size=20).map(lambda raw: "0x" + raw.hex())


def test_clique_extra_data__three_signers__vanity_sorted_addresses_seal() -> None:
    data = clique_extra_data(SIGNERS)

    assert data == bytes(32) + b"\xaa" * 20 + b"\xbb" * 20 + b"\xcc" * 20 + bytes(65)


@given(st.lists(addresses, min_size=1, max_size=9, unique=True))
def test_clique_extra_data__any_order__same_bytes(signers: list[str]) -> None:
    shuffled = sorted(signers, reverse=True)

    assert clique_extra_data(tuple(shuffled)) == clique_extra_data(tuple(signers))
    assert len(clique_extra_data(tuple(signers))) == 32 + 20 * len(signers) + 65


def test_clique_extra_data__short_address__refused() -> None:
    with pytest.raises(ConfigurationError, match="20 bytes"):
        clique_extra_data(("0x1234",))


def test_document__founded_network__london_rules_and_free_gas() -> None:
    document = json.loads(genesis_text(Genesis(CHAIN_ID, 2, SIGNERS, {"0x" + "dd" * 20: 7})))

    assert document["config"]["chainId"] == CHAIN_ID
    assert document["config"]["clique"] == {"period": 2, "epoch": 30_000}
    assert document["config"]["londonBlock"] == 0
    assert "shanghaiTime" not in document["config"]
    assert document["baseFeePerGas"] == "0x0"
    assert int(document["gasLimit"], 16) == 30_000_000


def test_document__signers_and_funded__each_holds_coin() -> None:
    document = json.loads(genesis_text(Genesis(CHAIN_ID, 1, SIGNERS, {"0x" + "DD" * 20: 7})))

    assert document["alloc"]["dd" * 20] == {"balance": "0x7"}
    assert {int(document["alloc"][signer[2:].lower()]["balance"], 16) for signer in SIGNERS} == {10**26}


@pytest.mark.parametrize(
    ("chain_id", "period", "signers", "said"),
    [
        (CHAIN_ID, 1, (), "0 signers"),
        (CHAIN_ID, 1, tuple(f"0x{n:040x}" for n in range(10)), "10 signers"),
        (CHAIN_ID, 1, ("0x" + "aa" * 20, "0x" + "AA" * 20), "twice"),
        (CHAIN_ID, -1, SIGNERS, "period of -1"),
        (CHAIN_ID, 61, SIGNERS, "period of 61"),
        (1, 1, SIGNERS, "chain id 1 "),
        (2**53, 1, SIGNERS, "chain id"),
    ],
)
def test_genesis__out_of_range__refused(
    chain_id: int, period: int, signers: tuple[str, ...], said: str
) -> None:
    with pytest.raises(ConfigurationError, match=said):
        Genesis(chain_id, period, signers)


def test_draw_chain_id__many__different_and_in_range() -> None:
    drawn = {draw_chain_id() for _ in range(100)}

    assert len(drawn) == 100
    assert all(chain_id in CHAIN_ID_RANGE for chain_id in drawn)
