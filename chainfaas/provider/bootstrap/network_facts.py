"""What a new provider's configuration has to say of its network, learned from a node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chainfaas.chain.bindings.contract_set import bind_contracts
from chainfaas.chain.connection import connect
from chainfaas.chain.deployment_check import check_deployments
from chainfaas.chain.deployments import read_deployments
from chainfaas.chain.header_reader import read_head, read_headers
from chainfaas.chain.headers import finality_depth
from chainfaas.chain.json_rpc import JsonRpc
from chainfaas.domain.identifiers import ProviderId
from chainfaas.provider.offers.proposal import Proposal, propose_offer

if TYPE_CHECKING:
    from pathlib import Path

MEASURED_BLOCKS = 16
SHOWN_PROVIDERS = 200
"""The latest providers, whose offers a proposal is judged by."""


def learn_network(rpc: str, deployments_file: Path) -> dict[str, object]:
    """Measure the block period and count the peers, by which finality goes.

    Args:
        rpc: The node.
        deployments_file: Says where the network's contracts are.

    Returns:
        Settings by name.

    Raises:
        ConfigurationError: The file does not fit the node's chain.
        ChainError: The node does not answer.
    """
    deployments = read_deployments(deployments_file)
    connection = connect(rpc, expected_chain_id=deployments.chain_id)
    check_deployments(connection, deployments)
    rpc_calls = JsonRpc(connection)
    head = read_head(rpc_calls)
    span = min(MEASURED_BLOCKS, head.number)
    (earlier,) = read_headers(rpc_calls, [head.number - span])
    seconds = 0 if earlier is None or not span else (head.timestamp - earlier.timestamp) / span
    peers = bind_contracts(connection, deployments).peers.peer_count()
    return {
        "rpc": rpc,
        "deployments": str(deployments_file),
        "block_period_seconds": float(round(seconds)),
        "finality_blocks": finality_depth(max(1, peers)),
    }


def read_proposal(rpc: str, deployments_file: Path) -> Proposal:
    """Read what other providers ask, and propose an offer.

    Args:
        rpc: The node.
        deployments_file: Says where the network's contracts are.

    Raises:
        ConfigurationError: There is no such file, or it is damaged.
        ChainError: The node does not answer, or is of another network.
    """
    deployments = read_deployments(deployments_file)
    connection = connect(rpc, expected_chain_id=deployments.chain_id)
    providers = bind_contracts(connection, deployments).providers
    count = providers.provider_count()
    first = max(1, count - SHOWN_PROVIDERS + 1)
    return propose_offer([providers.offer_of(ProviderId(number)).offer for number in range(first, count + 1)])
