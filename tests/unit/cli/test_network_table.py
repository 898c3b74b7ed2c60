from __future__ import annotations

from dataclasses import replace
from io import StringIO

from rich.console import Console

from chainfaas.chain.node.network_status import NetworkStatus, NodeStatus
from chainfaas.cli.network_table import network_table

SIGNER = "0x" + "aB" * 20
RUNNING = NodeStatus(1, SIGNER, 30_410, "/s", 77, 12, 1.4, 2, sealing=True, coin_wei=5 * 10**21)
STOPPED = NodeStatus(2, SIGNER, 30_411, "/s")


def _text(*nodes: NodeStatus, period_seconds: int = 1) -> str:
    written = StringIO()
    Console(width=200, file=written).print(network_table(NetworkStatus(7, "0x", period_seconds, nodes)))
    return written.getvalue()


def test_network_table__running_node__all_cells() -> None:
    row = _text(RUNNING).splitlines()[-1].split()

    assert row == ["1", "running", "77", "12", "1", "s", "2", "yes", "5,000", SIGNER]


def test_network_table__stopped_node__dashes() -> None:
    assert _text(STOPPED).splitlines()[-1].split() == ["2", "stopped", *("-",) * 6, SIGNER]


def test_network_table__process_that_does_not_answer__silent() -> None:
    assert "silent" in _text(replace(STOPPED, pid=3))


def test_network_table__genesis_only__no_age() -> None:
    assert "57 y" not in _text(replace(RUNNING, head=0, head_age_seconds=1.8e9))
    assert "sealing on demand" in _text(RUNNING, period_seconds=0)


def test_document__running_node__coin_is_text() -> None:
    document = NetworkStatus(7, "0x", 1, (RUNNING, STOPPED)).document()

    nodes = document["nodes"]
    assert isinstance(nodes, list | tuple)
    assert [(node["running"], node["coin_wei"]) for node in nodes] == [(True, str(5 * 10**21)), (False, None)]
