"""The network's description, `network.toml`: read, checked and written as one value."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli_w

from chainfaas.chain.node.errors import NetworkFileError
from chainfaas.chain.node.genesis import Genesis
from chainfaas.domain.errors import ConfigurationError

FORMAT = 1
"""Number of the file's form; a file of another number is refused."""

_MAX_PORT = 65_535


@dataclass(frozen=True, slots=True)
class NodeEntry:
    """One node of the network."""

    number: int
    """Counted from 1; names its folder, socket and log."""

    signer: str
    port: int
    """Its peer-to-peer port on the loopback interface."""


@dataclass(frozen=True, slots=True)
class NetworkDescription:
    """A network that was founded: what its genesis holds and where its nodes are."""

    genesis: Genesis
    genesis_hash: str
    """Hash of block 0 as 0x-text; empty until a node has answered for the first time."""

    socket_folder: Path
    """Where the nodes' IPC sockets are; short, since a socket's path has a narrow limit."""

    nodes: tuple[NodeEntry, ...]


def read_network_file(path: Path) -> NetworkDescription:
    """Read the description of a network.

    Args:
        path: The file `network.toml`.

    Raises:
        NetworkFileError: It is missing, or a part of it is missing or of another form.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise NetworkFileError(
            f"There is no network in {path.parent}.", remedy="Start one with `chainfaas chain up`."
        ) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise NetworkFileError(f"The network's description {path} cannot be read: {error}.") from error
    try:
        return _parse(document)
    except (KeyError, TypeError, ValueError, ConfigurationError) as error:
        raise NetworkFileError(f"The network's description {path} is damaged: {error}.") from error


def write_network_file(path: Path, network: NetworkDescription) -> None:
    """Replace the description of a network in one step.

    Args:
        path: The file `network.toml`.
        network: What it says from now on.
    """
    document: dict[str, Any] = {
        "format": FORMAT,
        "chain_id": network.genesis.chain_id,
        "genesis_hash": network.genesis_hash,
        "period_seconds": network.genesis.period_seconds,
        "socket_folder": str(network.socket_folder),
        "funded_wei": {address: str(wei) for address, wei in sorted(network.genesis.funded.items())},
        "nodes": [
            {"number": node.number, "signer": node.signer, "port": node.port} for node in network.nodes
        ],
    }
    unfinished = path.with_suffix(f".{os.getpid()}.tmp")
    unfinished.write_text(tomli_w.dumps(document), encoding="utf-8")
    unfinished.replace(path)


def _parse(document: dict[str, Any]) -> NetworkDescription:
    if _integer(document, "format") != FORMAT:
        raise ValueError(f"its format is {document['format']}, this version reads {FORMAT}")
    nodes = tuple(_parse_node(entry) for entry in document["nodes"])
    if [node.number for node in nodes] != list(range(1, len(nodes) + 1)):
        raise ValueError("the nodes are not numbered 1, 2, 3 and so on")
    funded = {address: int(wei) for address, wei in document["funded_wei"].items()}
    genesis = Genesis(
        chain_id=_integer(document, "chain_id"),
        period_seconds=_integer(document, "period_seconds"),
        signers=tuple(node.signer for node in nodes),
        funded=funded,
    )
    return NetworkDescription(
        genesis, _text(document, "genesis_hash"), Path(_text(document, "socket_folder")), nodes
    )


def _parse_node(entry: dict[str, Any]) -> NodeEntry:
    node = NodeEntry(_integer(entry, "number"), _text(entry, "signer"), _integer(entry, "port"))
    if not 0 < node.port <= _MAX_PORT:
        raise ValueError(f"node {node.number} has the port {node.port}")
    return node


def _integer(document: dict[str, Any], key: str) -> int:
    value = document[key]
    if type(value) is not int:
        raise TypeError(f"{key} is no whole number")
    return value


def _text(document: dict[str, Any], key: str) -> str:
    value = document[key]
    if not isinstance(value, str):
        raise TypeError(f"{key} is no text")
    return value
