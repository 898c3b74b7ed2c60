from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainfaas.chain.node.errors import NetworkFileError
from chainfaas.chain.node.genesis import CHAIN_ID_RANGE, Genesis
from chainfaas.chain.node.network_file import (
    NetworkDescription,
    NodeEntry,
    read_network_file,
    write_network_file,
)

addresses = st.binary(min_size=20, max_size=20).map(lambda raw: "0x" + raw.hex())


@st.composite
def networks(draw: st.DrawFn) -> NetworkDescription:
    signers = draw(st.lists(addresses, min_size=1, max_size=9, unique=True))
    genesis = Genesis(
        chain_id=draw(st.integers(CHAIN_ID_RANGE.start, CHAIN_ID_RANGE.stop - 1)),
        period_seconds=draw(st.integers(0, 60)),
        signers=tuple(signers),
        funded=draw(st.dictionaries(addresses, st.integers(0, 2**96), max_size=3)),
    )
    nodes = tuple(
        NodeEntry(number, signer, draw(st.integers(1, 65_535))) for number, signer in enumerate(signers, 1)
    )
    folder = Path("/") / draw(st.text(st.characters(exclude_characters="/\0", codec="utf-8"), min_size=1))
    return NetworkDescription(genesis, draw(st.sampled_from(["", "0x" + "ab" * 32])), folder, nodes)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state") / "network.toml"


@given(networks())
def test_read_network_file__written__same(path: Path, network: NetworkDescription) -> None:
    write_network_file(path, network)

    assert read_network_file(path) == network


def test_read_network_file__absent__names_the_command(tmp_path: Path) -> None:
    with pytest.raises(NetworkFileError, match="no network") as caught:
        read_network_file(tmp_path / "network.toml")
    assert "chain up" in caught.value.remedy


GOOD = """
format = 1
chain_id = 4294967296
genesis_hash = ""
period_seconds = 1
socket_folder = "/tmp/x"
funded_wei = {}
[[nodes]]
number = 1
signer = "0x00000000000000000000000000000000000000aa"
port = 30410
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("format = 1", "format = 2", "format is 2"),
        ("format = 1", "", "format"),
        ("chain_id = 4294967296", "chain_id = 1", "chain id 1"),
        ("chain_id = 4294967296", 'chain_id = "4294967296"', "whole number"),
        ("chain_id = 4294967296", "chain_id = true", "whole number"),
        ("period_seconds = 1", "period_seconds = 99", "period"),
        ("number = 1", "number = 2", "numbered"),
        ("port = 30410", "port = 70000", "port 70000"),
        ("port = 30410", "", "port"),
        ('socket_folder = "/tmp/x"', "socket_folder = 3", "no text"),
        ("funded_wei = {}", 'funded_wei = {a = "x"}', "invalid literal"),
        ("[[nodes]]", "[[nodes", "cannot be read"),
    ],
)
def test_read_network_file__damaged__refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = tmp_path / "network.toml"
    path.write_text(GOOD, encoding="utf-8")
    read_network_file(path)
    path.write_text(GOOD.replace(old, new), encoding="utf-8")

    with pytest.raises(NetworkFileError, match=said) as caught:
        read_network_file(path)
    assert "chain reset" in caught.value.remedy
