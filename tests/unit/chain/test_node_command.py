from __future__ import annotations

import tomllib
from pathlib import Path

from chainfaas.chain.node.node_command import (
    NodeFiles,
    configuration_text,
    node_environment,
    run_arguments,
)

FILES = NodeFiles(Path("/s/nodes/1"), Path("/s/run/node-1.ipc"), Path("/s/log"), Path("/s/run/node-1.json"))


def test_run_arguments__any_node__no_browser_reaches_it() -> None:
    arguments = run_arguments(Path("/bin/geth"), FILES, "0xaa", 2**40)

    assert not {"--http", "--ws", "--graphql", "--allow-insecure-unlock", "--mine"} & set(arguments)
    assert arguments[arguments.index("--netrestrict") + 1] == "127.0.0.0/8"
    assert arguments[arguments.index("--authrpc.addr") + 1] == "127.0.0.1"


def test_run_arguments__any_node__secrets_only_by_file() -> None:
    arguments = run_arguments(Path("/bin/geth"), FILES, "0xaa", 2**40)

    assert arguments[arguments.index("--password") + 1] == "/s/nodes/1/password"


def test_configuration_text__any_port__listens_on_loopback() -> None:
    peer_to_peer = tomllib.loads(configuration_text(30_410, 2))["Node"]["P2P"]

    assert peer_to_peer["ListenAddr"] == "127.0.0.1:30410"
    assert (peer_to_peer["MaxPeers"], peer_to_peer["DialRatio"]) == (2, 1)
    assert peer_to_peer["NoDiscovery"] is True


def test_configuration_text__single_signer__still_valid() -> None:
    assert tomllib.loads(configuration_text(30_410, 0))["Node"]["P2P"]["MaxPeers"] == 1


def test_node_environment__settings_of_geth_around__left_out() -> None:
    around = {"PATH": "/bin", "GETH_HTTP": "true", "SECRET": "x"}

    passed = node_environment(around, Path("/s"), Path("/r"))

    assert passed == {"PATH": "/bin", "CHAINFAAS_NODE_FOLDERS": "/s:/r"}
