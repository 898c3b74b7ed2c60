"""What can go wrong with a node program and the processes of a local network.

::

    ConfigurationError
    ├── NodeUnavailableError        no node program can be had on this machine
    ├── NetworkFileError            network.toml is missing or cannot be understood
    └── GenesisMismatchError        data and settings belong to different networks
    ConflictError
    └── NetworkBusyError            another command works on the same network
    NotFoundError
    └── UnknownNodeError            the network has no node of that number
    ChainError
    ├── NodeStartError              a node's process ended or did not answer
    ├── NodeStopError               a node's process did not end
    ├── NodeRequestError            a node answered a request with an error
    ├── PeersMissingError           the nodes did not find each other
    └── ChainStalledError           the nodes are connected but make no blocks
"""

from __future__ import annotations

from chainfaas.chain.errors import ChainUnreachableError
from chainfaas.domain.errors import ChainError, ConfigurationError, ConflictError, NotFoundError

__all__ = [
    "ChainStalledError",
    "ChainUnreachableError",
    "GenesisMismatchError",
    "NetworkBusyError",
    "NetworkFileError",
    "NodeRequestError",
    "NodeStartError",
    "NodeStopError",
    "NodeUnavailableError",
    "PeersMissingError",
    "UnknownNodeError",
]


class NodeUnavailableError(ConfigurationError):
    """No node program that seals Clique can be had on this machine."""

    code = "node-unavailable"
    default_remedy = (
        "Install Go 1.21 or newer and run `chainfaas chain install` again, "
        "or put a geth of version 1.13.15 on PATH."
    )


class NetworkFileError(ConfigurationError):
    """The description of the local network is missing or cannot be understood."""

    code = "network-file"
    default_remedy = (
        "Start a network with `chainfaas chain up`; a damaged one is wiped by `chainfaas chain reset`."
    )


class GenesisMismatchError(ConfigurationError):
    """The nodes' data and the network's settings belong to different networks."""

    code = "genesis-mismatch"
    default_remedy = "Restore the file that was changed, or wipe the network with `chainfaas chain reset`."


class NetworkBusyError(ConflictError):
    """Another command works on the same network."""

    code = "network-busy"
    default_remedy = "Wait until the other command has ended, then try again."


class UnknownNodeError(NotFoundError):
    """The network has no node of that number."""

    code = "unknown-node"
    default_remedy = "Nodes are numbered from 1; `chainfaas chain status` lists them."


class NodeStartError(ChainError):
    """A node's process ended or did not answer."""

    code = "node-start"
    default_remedy = "Read the node's log, which is named here."


class NodeStopError(ChainError):
    """A node's process did not end."""

    code = "node-stop"
    default_remedy = "Look at the process that is named here; it may hang in the system."


class NodeRequestError(ChainError):
    """A node answered a request with an error."""

    code = "node-request"


class PeersMissingError(ChainError):
    """The nodes did not find each other."""

    code = "peers-missing"
    default_remedy = "Read the nodes' logs; a firewall on the loopback interface would cause this."


class ChainStalledError(ChainError):
    """The nodes are connected but make no blocks."""

    code = "chain-stalled"
    default_remedy = (
        "Run `chainfaas chain down` and `chainfaas chain up`; more than half of the signers must run."
    )
