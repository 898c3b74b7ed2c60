"""How the node program is called: its arguments, its configuration file, its environment."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import tomli_w

from chainfaas.chain.node.genesis import GAS_LIMIT
from chainfaas.chain.node.ports import LOOPBACK

_CACHE_MIB = 128
_VERBOSITY_WARNINGS = 2
_LOOPBACK_NETWORK = "127.0.0.0/8"
_PASSED_VARIABLES = ("PATH", "HOME", "TMPDIR", "DOCKER_HOST")


@dataclass(frozen=True, slots=True)
class NodeFiles:
    """Where one node keeps its things."""

    data: Path
    socket: Path
    log: Path
    process: Path

    @property
    def configuration(self) -> Path:
        """Settings that the node program has no flags for."""
        return self.data / "node.toml"

    @property
    def password(self) -> Path:
        """Password of the signer's keystore."""
        return self.data / "password"

    @property
    def keystore(self) -> Path:
        """The signer's key, where the node looks for keys."""
        return self.data / "keystore" / "signer.json"

    @property
    def idle_keystore(self) -> Path:
        """A key that may sign nothing, for a miner that shall not make blocks yet."""
        return self.data / "keystore" / "idle.json"


def initialise_arguments(program: Path, files: NodeFiles, genesis: Path) -> list[str]:
    """Return the call that writes block 0 into a node's data folder.

    Args:
        program: The node program.
        files: The node's files.
        genesis: The genesis document.
    """
    return [str(program), "--datadir", str(files.data), "init", str(genesis)]


def run_arguments(program: Path, files: NodeFiles, signer: str, chain_id: int) -> list[str]:
    """Return the call that runs a signer, not sealing until it is told to.

    A signer that seals before it has peers makes a block of its own; chains of the same weight then stop
    each other for good.

    Args:
        program: The node program.
        files: The node's files.
        signer: Address of its unlocked signer.
        chain_id: The network's chain id.
    """
    options = {
        "config": files.configuration,
        "datadir": files.data,
        "ipcpath": files.socket,
        "networkid": chain_id,
        "syncmode": "full",
        # Every block's state goes to disk. Otherwise a node that is killed forgets all blocks since its
        # last flush, and when all nodes are killed at once nobody has them.
        "gcmode": "archive",
        # Receipts are found by their transaction for ever.
        "history.transactions": 0,
        "cache": _CACHE_MIB,
        "verbosity": _VERBOSITY_WARNINGS,
        "netrestrict": _LOOPBACK_NETWORK,
        "nat": "none",
        # The engine API cannot be left out. It asks for a token from a file that only the owner reads.
        "authrpc.addr": LOOPBACK,
        "authrpc.port": 0,
        "miner.etherbase": signer,
        "miner.gasprice": 0,
        "miner.gaslimit": GAS_LIMIT,
        "unlock": signer,
        "password": files.password,
    }
    arguments = [str(program), "--nodiscover"]
    for name, value in options.items():
        arguments += [f"--{name}", str(value)]
    return arguments


def configuration_text(port: int, peer_count: int) -> str:
    """Return the configuration file: the peer-to-peer port on the loopback interface alone.

    All places for peers are dialling ones, so that nobody who was not announced as trusted comes in; and
    a node that has all of its peers synchronises at once instead of waiting for more.

    Args:
        port: The node's peer-to-peer port.
        peer_count: How many other nodes there are.
    """
    peers = max(1, peer_count)
    peer_to_peer = {
        "ListenAddr": f"{LOOPBACK}:{port}",
        "MaxPeers": peers,
        "DialRatio": 1,
        "NoDiscovery": True,
        "StaticNodes": [],
        "BootstrapNodes": [],
        "BootstrapNodesV5": [],
    }
    return tomli_w.dumps({"Node": {"P2P": peer_to_peer}})


def node_environment(environment: dict[str, str], state_root: Path, socket_folder: Path) -> dict[str, str]:
    """Return the variables a node gets: few, since geth takes any of its settings from the environment.

    Args:
        environment: The variables of this process.
        state_root: The state folder, which a node in a container sees at the same place.
        socket_folder: The folder of its sockets, likewise.
    """
    passed = {name: environment[name] for name in _PASSED_VARIABLES if name in environment}
    folders = [str(state_root), str(socket_folder)]
    return passed | {"CHAINFAAS_NODE_FOLDERS": os.pathsep.join(folders)}
