"""Whether a chain holds what a deployments file says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chainfaas.chain.artefacts import load_artefact
from chainfaas.chain.deployments import CONTRACT_NAMES, abi_hash
from chainfaas.chain.errors import StaleDeploymentsError
from chainfaas.chain.header_reader import read_header
from chainfaas.chain.json_rpc import JsonRpc, read_data, read_quantity
from chainfaas.domain.encodings import Bytes32
from chainfaas.domain.keccak import keccak256

if TYPE_CHECKING:
    from web3 import Web3

    from chainfaas.chain.deployments import DeployedContract, Deployments
    from chainfaas.domain.identifiers import Address


def check_deployments(connection: Web3, deployments: Deployments) -> None:
    """Make sure that a node's chain is the file's, and that this release's contracts are on it.

    Args:
        connection: The node.
        deployments: What the file says.

    Raises:
        StaleDeploymentsError: Something differs; it says what.
        ChainUnreachableError: The node does not answer.
    """
    served = read_quantity(JsonRpc(connection).call("eth_chainId"), "the chain id")
    if served != deployments.chain_id:
        raise StaleDeploymentsError(
            f"The deployments are of chain {deployments.chain_id}, but the node serves chain {served}."
        )
    if read_genesis_hash(connection) != deployments.genesis_hash:
        raise StaleDeploymentsError(
            f"Chain {served} has another block 0 than the one that the contracts were deployed on."
        )
    for name in CONTRACT_NAMES:
        _check_contract(connection, name, deployments.contracts[name])


def read_genesis_hash(connection: Web3) -> Bytes32:
    """Read the hash of block 0.

    Args:
        connection: The node.

    Raises:
        StaleDeploymentsError: The node has no block 0.
        ChainUnreachableError: The node does not answer.
    """
    header = read_header(JsonRpc(connection), 0)
    if header is None:
        raise StaleDeploymentsError("The node has no block 0.")
    return Bytes32(header.block_hash)


def read_code(connection: Web3, address: Address) -> bytes:
    """Read the code at an address, as it is after the latest block.

    Args:
        connection: The node.
        address: Where to look.

    Raises:
        ChainUnreachableError: The node does not answer.
    """
    return read_data(JsonRpc(connection).call("eth_getCode", str(address), "latest"), "code")


def _check_contract(connection: Web3, name: str, contract: DeployedContract) -> None:
    code, artefact = read_code(connection, contract.address), load_artefact(name)
    if not code:
        raise StaleDeploymentsError(f"There is no code at {contract.address}, where {name} should be.")
    if not artefact.is_code_of(code):
        raise StaleDeploymentsError(
            f"The code at {contract.address} is not the {name} of this release.",
            remedy="Use the release that deployed it, or wipe a local network with `chainfaas chain reset`.",
        )
    if keccak256(code) != contract.code_hash:
        raise StaleDeploymentsError(f"The {name} at {contract.address} was deployed with other settings.")
    if abi_hash(artefact) != contract.abi_hash:
        raise StaleDeploymentsError(f"The {name} of this release has another ABI than the deployed one.")
