"""Trying a call on the latest state without sending it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chainfaas.chain.bindings.refusals import ContractRefusedError
from chainfaas.chain.errors import CallRevertedError
from chainfaas.chain.transaction_node import Web3TransactionNode

if TYPE_CHECKING:
    from web3 import Web3

    from chainfaas.chain.bindings.contract_call import ContractCall
    from chainfaas.domain.identifiers import Address


def simulate_call(connection: Web3, call: ContractCall, sender: Address) -> int:
    """Carry a call out and throw the result away; neither nonce nor coin is spent.

    Args:
        connection: The node.
        call: What would be sent.
        sender: Who would send it.

    Returns:
        Gas that it needs on the present state.

    Raises:
        ContractRefusedError: The contract refuses it, and says why.
        ChainUnreachableError: The node does not answer.
        RpcRefusedError: The node refuses it for a reason of its own.
    """
    try:
        return Web3TransactionNode(connection).estimate_gas(call.entry("", sender))
    except CallRevertedError as refused:
        reason = call.errors.decode(refused.data, refused.message)
        raise ContractRefusedError(call.method, reason) from refused
