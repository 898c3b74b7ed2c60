"""What a local network is doing, for people and for machines."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass

from chainfaas.chain.node.errors import ChainUnreachableError
from chainfaas.chain.node.signer_node import SignerNode


@dataclass(frozen=True, slots=True)
class NodeStatus:
    """One node at one moment; a node that does not answer has only its first fields."""

    number: int
    signer: str
    port: int
    socket: str
    pid: int | None = None
    head: int | None = None
    head_age_seconds: float | None = None
    """How long ago the newest block was made, by this machine's clock."""

    peers: int | None = None
    sealing: bool | None = None
    coin_wei: int | None = None

    @property
    def running(self) -> bool:
        """Whether the node's process runs and answers."""
        return self.head is not None


@dataclass(frozen=True, slots=True)
class NetworkStatus:
    """A network at one moment."""

    chain_id: int
    genesis_hash: str
    period_seconds: int
    nodes: tuple[NodeStatus, ...]

    def document(self) -> dict[str, object]:
        """Return the status as JSON values; coin as a decimal string, since it exceeds exact numbers."""
        document = asdict(self)
        for node, status in zip(document["nodes"], self.nodes, strict=True):
            node["running"] = status.running
            node["coin_wei"] = None if status.coin_wei is None else str(status.coin_wei)
        return document


def read_node_status(node: SignerNode) -> NodeStatus:
    """Ask a node how it is; a node that is down is no error.

    Args:
        node: The node.
    """
    process = node.process()
    entry = node.entry
    stopped = NodeStatus(
        entry.number, entry.signer, entry.port, str(node.files.socket), process.pid if process else None
    )
    if process is None:
        return stopped
    try:
        head = node.read_head()
        return NodeStatus(
            *(stopped.number, stopped.signer, stopped.port, stopped.socket, stopped.pid),
            head=head.number,
            head_age_seconds=round(max(0.0, time.time() - head.timestamp), 1),
            peers=len(node.read_peers()),
            sealing=node.is_sealing(),
            coin_wei=node.read_coin_wei(),
        )
    except ChainUnreachableError:
        return stopped
