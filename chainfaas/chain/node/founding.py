"""Founding a network: keys, ports, genesis and description, before any node runs."""

from __future__ import annotations

import json
import os
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path

from chainfaas.chain.keystore import UnlockedKey, create_keystore, load_keystore
from chainfaas.chain.node.genesis import FUNDED_COIN_WEI, Genesis, draw_chain_id
from chainfaas.chain.node.ipc import MAX_SOCKET_PATH_BYTES
from chainfaas.chain.node.network_file import NetworkDescription, NodeEntry, write_network_file
from chainfaas.chain.node.ports import FIRST_PORT, choose_ports
from chainfaas.chain.node.signer_node import node_files
from chainfaas.chain.state_folder import StateFolder

DEPLOYER = "deployer"
"""Name of the key that deploys the contracts; it holds coin from the start."""

_LONGEST_SOCKET_NAME = "node-9.ipc"


def found_network(
    folder: StateFolder, signer_count: int, period_seconds: int, funded: Mapping[str, int]
) -> NetworkDescription:
    """Make everything that a network needs, but for its processes.

    Args:
        folder: The state folder; it has no network yet.
        signer_count: How many signers, from 1 to 9, one node each.
        period_seconds: Seconds between blocks; 0 seals on demand.
        funded: Further addresses that hold coin from the start, with wei.

    Raises:
        ConfigurationError: A number is out of its range, or the folder cannot be written.
    """
    chain_id = draw_chain_id()
    # The numbers are checked before any key is made.
    Genesis(chain_id, period_seconds, tuple(f"0x{number:040x}" for number in range(1, signer_count + 1)))
    folder.create()
    socket_folder = choose_socket_folder(folder)
    signers = [_create_signer(folder, socket_folder, number) for number in range(1, signer_count + 1)]
    coin = dict(funded) | {read_deployer_key(folder).address: FUNDED_COIN_WEI}
    genesis = Genesis(chain_id, period_seconds, tuple(signers), coin)
    ports = choose_ports(range(FIRST_PORT, FIRST_PORT + signer_count))
    nodes = tuple(
        NodeEntry(number, signer, port)
        for number, (signer, port) in enumerate(zip(signers, ports, strict=True), start=1)
    )
    network = NetworkDescription(genesis, "", socket_folder, nodes)
    folder.genesis_file.write_text(genesis_text(genesis), encoding="utf-8")
    write_network_file(folder.network_file, network)
    return network


def genesis_text(genesis: Genesis) -> str:
    """Return the genesis document as it is written for the nodes.

    Args:
        genesis: What it holds.
    """
    return json.dumps(genesis.document(), indent=1, sort_keys=True) + "\n"


def read_deployer_key(folder: StateFolder) -> UnlockedKey:
    """Return the key that deploys the contracts, made on the spot if there is none.

    Args:
        folder: The state folder.
    """
    keystore, password = folder.keys / f"{DEPLOYER}.json", folder.keys / f"{DEPLOYER}.password"
    if keystore.exists():
        return load_keystore(keystore, password)
    return create_keystore(keystore, password)


def choose_socket_folder(folder: StateFolder) -> Path:
    """Choose where the sockets go: below the state folder if the path is short enough, else a new short one.

    Args:
        folder: The state folder.
    """
    if len(os.fsencode(folder.run / _LONGEST_SOCKET_NAME)) <= MAX_SOCKET_PATH_BYTES:
        return folder.run
    # mkdtemp makes an unguessable name of mode 0700, so nobody can be there before us.
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    parent = runtime if runtime and Path(runtime).is_dir() else None
    return Path(tempfile.mkdtemp(prefix="chainfaas-", dir=parent))


def is_private_folder(path: Path) -> bool:
    """Say whether a folder is there, is ours and is closed to others.

    Args:
        path: The folder.
    """
    try:
        status = path.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and not status.st_mode & 0o077


def _create_signer(folder: StateFolder, socket_folder: Path, number: int) -> str:
    files = node_files(folder, socket_folder, number)
    files.data.mkdir(mode=0o700, parents=True)
    create_keystore(files.idle_keystore, files.password)
    return create_keystore(files.keystore, files.password).address
